package dev.turnasync.architecture.violations.flywayuse.flyway;

import org.flywaydb.core.api.MigrationVersion;

/** Keeps the rule. */
interface RightFlyway {

    MigrationVersion version();
}

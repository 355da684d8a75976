package dev.turnasync.architecture.violations.flywayuse;

import org.flywaydb.core.api.MigrationVersion;

/** Keeps the rule. */
interface RightRoot {

    MigrationVersion version();
}

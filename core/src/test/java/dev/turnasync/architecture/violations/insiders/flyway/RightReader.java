package dev.turnasync.architecture.violations.insiders.flyway;

import org.flywaydb.core.api.MigrationVersion;

/** Keeps the rule. */
interface RightReader {

    MigrationVersion version();
}

package dev.turnasync.architecture.violations.flywayuse.api;

import org.flywaydb.core.api.MigrationVersion;

/** Keeps the rule. */
interface RightApi {

    MigrationVersion version();
}

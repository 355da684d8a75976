package dev.turnasync.architecture.violations.flywayuse.jdbc;

import org.flywaydb.core.api.MigrationVersion;

/** Breaks a rule on purpose. */
interface WrongJdbc {

    MigrationVersion version();
}

package dev.turnasync.architecture.violations.flywayuse.spi;

import org.flywaydb.core.api.MigrationVersion;

/** Breaks a rule on purpose. */
interface WrongSpi {

    MigrationVersion version();
}

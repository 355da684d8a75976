package dev.turnasync.architecture.violations.spiimports.spi;

import org.flywaydb.core.api.MigrationVersion;

/** Breaks a rule on purpose. */
interface WrongFlyway {

    MigrationVersion version();
}

package dev.turnasync.architecture.violations.flywayuse.worker;

import org.flywaydb.core.api.MigrationVersion;

/** Breaks a rule on purpose. */
interface WrongWorker {

    MigrationVersion version();
}

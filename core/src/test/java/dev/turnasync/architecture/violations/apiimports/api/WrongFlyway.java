package dev.turnasync.architecture.violations.apiimports.api;

import org.flywaydb.core.Flyway;

/** Breaks a rule on purpose. */
interface WrongFlyway {

    Flyway flyway();
}

package dev.turnasync.architecture.violations.insiders.flyway;

import org.flywaydb.core.extensibility.Plugin;

/** Breaks a rule on purpose. */
interface WrongExtension extends Plugin {}

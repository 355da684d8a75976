package dev.turnasync.architecture.violations.insiders.flyway;

import org.flywaydb.core.internal.util.Pair;

/** Keeps the rule, being on the list. */
interface FlywayInternals {

    Pair<String, String> pair();
}

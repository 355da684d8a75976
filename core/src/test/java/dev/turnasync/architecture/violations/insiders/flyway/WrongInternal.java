package dev.turnasync.architecture.violations.insiders.flyway;

import org.flywaydb.core.internal.util.Pair;

/** Breaks a rule on purpose. */
interface WrongInternal {

    Pair<String, String> pair();
}

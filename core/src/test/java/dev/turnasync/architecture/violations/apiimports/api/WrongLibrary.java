package dev.turnasync.architecture.violations.apiimports.api;

import org.postgresql.PGConnection;

/** Breaks a rule on purpose. */
interface WrongLibrary {

    PGConnection connection();
}

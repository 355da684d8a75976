package dev.turnasync.architecture.violations.spiimports.spi;

import org.postgresql.PGConnection;

/** Breaks a rule on purpose. */
interface WrongLibrary {

    PGConnection connection();
}

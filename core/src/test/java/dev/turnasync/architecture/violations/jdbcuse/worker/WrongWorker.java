package dev.turnasync.architecture.violations.jdbcuse.worker;

import java.sql.Connection;

/** Breaks a rule on purpose. */
interface WrongWorker {

    Connection connection();
}

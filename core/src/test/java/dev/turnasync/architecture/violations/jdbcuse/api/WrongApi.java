package dev.turnasync.architecture.violations.jdbcuse.api;

import java.sql.Connection;

/** Breaks a rule on purpose. */
interface WrongApi {

    Connection connection();
}

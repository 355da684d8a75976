package dev.turnasync.architecture.violations.jdbcuse.jdbc;

import java.sql.Connection;

/** Keeps the rule. */
interface RightJdbc {

    Connection connection();
}

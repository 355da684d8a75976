package dev.turnasync.architecture.violations.jdbcuse.spi;

import javax.sql.DataSource;

/** Breaks a rule on purpose. */
interface WrongSpi {

    DataSource source();
}

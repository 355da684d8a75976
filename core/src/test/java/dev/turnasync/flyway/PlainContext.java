package dev.turnasync.flyway;

import java.sql.Connection;
import org.flywaydb.core.api.configuration.Configuration;
import org.flywaydb.core.api.migration.Context;

/** The context that Flyway passes to a migration. */
record PlainContext(Configuration configuration, Connection connection) implements Context {

    @Override
    public Configuration getConfiguration() {
        return configuration;
    }

    @Override
    public Connection getConnection() {
        return connection;
    }
}

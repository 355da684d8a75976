package dev.turnasync.jdbc;

import dev.turnasync.api.AsyncMigrationException;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Finds out which queue a data source leads to. */
public final class QueueNames {

    private QueueNames() {}

    /**
     * Connects once and names the queue.
     *
     * @param dataSource the database
     * @param schema the configured schema; null for the connection's current one
     * @param historyTable the name of Flyway's history table
     * @return the queue's name
     * @throws AsyncMigrationException if the database cannot be reached
     * @throws dev.turnasync.api.SchemaMismatchException if the database is not supported
     */
    public static QueueName of(DataSource dataSource, @Nullable String schema, String historyTable) {
        try (var connection = dataSource.getConnection()) {
            QueueSchema.requirePostgresql(connection);
            return QueueName.resolve(connection, schema, historyTable);
        } catch (SQLException e) {
            throw new AsyncMigrationException("could not reach the database: " + e.getMessage(), e);
        }
    }
}

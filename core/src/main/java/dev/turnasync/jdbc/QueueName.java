package dev.turnasync.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Names a queue: the schema its tables are in, which is that of Flyway's history, and the history table it belongs to. Several
 * histories in one schema share the tables, and each has a queue of its own.
 *
 * @param schema the schema, unquoted
 * @param historyTable the name of Flyway's history table, unquoted
 */
public record QueueName(String schema, String historyTable) {

    /**
     * Resolves the name on a connection.
     *
     * @param connection a connection to the database
     * @param schema the configured schema; null for the connection's current schema
     * @param historyTable the name of Flyway's history table
     * @return the name
     * @throws SQLException if the database refuses to tell its current schema
     */
    public static QueueName resolve(Connection connection, @Nullable String schema, String historyTable)
            throws SQLException {
        if (schema != null) {
            return new QueueName(schema, historyTable);
        }
        var current = Jdbc.first(connection, "SELECT COALESCE(current_schema(), 'public')", row -> row.getString(1));
        return new QueueName(current.orElse("public"), historyTable);
    }

    /** Names the queue as {@code schema.history_table}. */
    @Override
    public String toString() {
        return schema + "." + historyTable;
    }

    String quotedSchema() {
        return quote(schema);
    }

    /**
     * Quotes an identifier for SQL.
     *
     * @param identifier the identifier as the catalog has it
     * @return the identifier in double quotes
     */
    public static String quote(String identifier) {
        return '"' + identifier.replace("\"", "\"\"") + '"';
    }
}

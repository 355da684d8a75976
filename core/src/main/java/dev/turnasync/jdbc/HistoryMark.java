package dev.turnasync.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Tells cheaply whether Flyway's history has changed. Only reads. */
public final class HistoryMark {

    private HistoryMark() {}

    /**
     * Reads a mark that changes with every change of the history.
     *
     * @param connection a connection to the database
     * @param schema the configured schema; null for the connection's current one
     * @param historyTable the name of Flyway's history table
     * @return the mark; empty on a database other than PostgreSQL
     * @throws SQLException if the history cannot be read
     */
    public static Optional<String> read(Connection connection, @Nullable String schema, String historyTable)
            throws SQLException {
        var product = connection.getMetaData().getDatabaseProductName();
        if (!product.toLowerCase(Locale.ROOT).contains("postgresql")) {
            return Optional.empty();
        }
        var name = QueueName.resolve(connection, schema, historyTable);
        var table = name.quotedSchema() + "." + QueueName.quote(historyTable);
        var isThere = Jdbc.first(connection, "SELECT to_regclass(?) IS NOT NULL", row -> row.getBoolean(1), table);
        if (!isThere.orElse(false)) {
            return Optional.of("none");
        }
        return Jdbc.first(connection, """
                SELECT concat_ws('/', count(h.installed_rank), max(h.installed_rank), max(CAST(CAST(h.xmin AS TEXT) AS BIGINT)))
                FROM %s h""".formatted(table), row -> row.getString(1));
    }
}

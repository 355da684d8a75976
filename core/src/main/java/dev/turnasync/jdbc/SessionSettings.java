package dev.turnasync.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a run sets in its session, and what was set there before a migration ran in it, so that a pool gets its connection back as it was, whatever the
 * migration set.
 *
 * <p>Behind a pooler a session has no server connection of its own, so settings would leak to others: there they are set in
 * each transaction, for that transaction. Only the label is set for the session, which poolers carry along.
 *
 * @param values the settings that the session itself had changed, by name
 * @param role the role; {@code none} when none was set
 * @param searchPath the search path
 * @param isolation the JDBC isolation level
 * @param readOnly whether the connection was read-only
 * @param pooled whether a pooler stands between this session and the server
 */
record SessionSettings(
        Map<String, String> values, String role, String searchPath, int isolation, boolean readOnly, boolean pooled) {

    private static final System.Logger LOG = System.getLogger(SessionSettings.class.getName());

    private static final int PATIENCE_MILLIS = 10_000;

    private static final String LABEL = "application_name";

    /** The first questions to a connection, which a pool may not know to be dead: they must not wait for an answer for good. */
    static SessionSettings read(Connection connection) throws SQLException {
        var before = connection.getNetworkTimeout();
        connection.setNetworkTimeout(Runnable::run, PATIENCE_MILLIS);
        var settings = readAll(connection);
        connection.setNetworkTimeout(Runnable::run, before);
        return settings;
    }

    private static SessionSettings readAll(Connection connection) throws SQLException {
        var pooled = PostgresDriver.isPooled(connection);
        return new SessionSettings(
                pooled ? Map.of(LABEL, setting(connection, LABEL)) : changed(connection),
                setting(connection, "role"),
                setting(connection, "search_path"),
                connection.getTransactionIsolation(),
                connection.isReadOnly(),
                pooled);
    }

    /**
     * Sets what a run needs; the search path as Flyway does: the schema first, then what was there. A body may work outside the database for
     * long, so its session may be idle; statement_timeout and transaction_timeout stay what the role's owner wants for authors' own statements.
     */
    void prepare(Connection connection, String label, String schema) throws SQLException {
        set(connection, LABEL, label);
        if (pooled) {
            return;
        }
        Jdbc.list(connection, """
                SELECT set_config('search_path', ?, FALSE),
                    set_config('idle_in_transaction_session_timeout', '10min', FALSE),
                    set_config('idle_session_timeout', '0', FALSE),
                    set_config('tcp_keepalives_idle', '30', FALSE), set_config('tcp_keepalives_interval', '10', FALSE),
                    set_config('tcp_keepalives_count', '3', FALSE)""", row -> true, withFirst(schema));
        try {
            set(connection, "client_connection_check_interval", "5s");
        } catch (SQLException e) {
            LOG.log(System.Logger.Level.DEBUG, "this server notices a dead client late: " + e.getMessage());
        }
    }

    /** Sets, at the begin of a transaction behind a pooler, what it needs until its end. */
    void prepareTransaction(Connection connection, String schema) throws SQLException {
        if (pooled) {
            Jdbc.list(connection, """
                    SELECT set_config('search_path', ?, TRUE),
                        set_config('idle_in_transaction_session_timeout', '10min', TRUE)""", row -> true, withFirst(schema));
        }
    }

    private String withFirst(String schema) {
        var first = QueueName.quote(schema);
        if (searchPath.startsWith(first) || searchPath.equals(schema) || searchPath.startsWith(schema + ",")) {
            return searchPath;
        }
        return searchPath.isBlank() ? first : first + ", " + searchPath;
    }

    /**
     * Gives the session back what was set in it. No list has the settings that an extension or an application made up, so all go back to
     * what they were at the connection's start, and what was set before the run is set again. Temporary tables go.
     */
    void restore(Connection connection) throws SQLException {
        if (pooled) {
            set(connection, LABEL, values.getOrDefault(LABEL, ""));
        } else {
            Jdbc.execute(connection, "RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; DISCARD TEMP");
            Jdbc.list(connection, "SELECT pg_advisory_unlock_all()", row -> true);
            // As the user of the session, since the role may have fewer rights.
            for (var value : values.entrySet()) {
                set(connection, value.getKey(), value.getValue());
            }
            set(connection, "role", role);
        }
        if (connection.isReadOnly() != readOnly) {
            connection.setReadOnly(readOnly);
        }
        if (connection.getTransactionIsolation() != isolation) {
            connection.setTransactionIsolation(isolation);
        }
    }

    /** The settings that the session itself changed; not those of its transaction. */
    private static Map<String, String> changed(Connection connection) throws SQLException {
        var values = new LinkedHashMap<String, String>();
        Jdbc.list(connection, """
                SELECT name, current_setting(name)
                FROM pg_catalog.pg_settings
                WHERE source = 'session' AND context IN ('user', 'superuser') AND name NOT LIKE 'transaction\\_%'""", row -> values.put(row.getString(1), row.getString(2)));
        return values;
    }

    private static String setting(Connection connection, String name) throws SQLException {
        return Jdbc.first(connection, "SELECT COALESCE(current_setting(?, TRUE), '')", row -> row.getString(1), name)
                .orElse("");
    }

    private static void set(Connection connection, String name, String value) throws SQLException {
        Jdbc.list(connection, "SELECT set_config(?, ?, FALSE)", row -> true, name, value);
    }
}

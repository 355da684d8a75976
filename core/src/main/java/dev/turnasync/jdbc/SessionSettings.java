package dev.turnasync.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The settings of a session before a migration ran in it, so that a pool gets its connection back as it was, whatever the
 * migration did.
 *
 * @param values setting by name
 * @param isolation the JDBC isolation level
 * @param readOnly whether the connection was read-only
 */
record SessionSettings(Map<String, String> values, int isolation, boolean readOnly) {

    private static final System.Logger LOG = System.getLogger(SessionSettings.class.getName());

    private static final List<String> NAMES = List.of(
            "role",
            "search_path",
            "application_name",
            "statement_timeout",
            "lock_timeout",
            "idle_in_transaction_session_timeout",
            "client_connection_check_interval",
            "tcp_keepalives_idle",
            "tcp_keepalives_interval",
            "tcp_keepalives_count",
            "TimeZone",
            "DateStyle",
            "session_replication_role",
            "work_mem",
            "maintenance_work_mem");

    private static final String READ = NAMES.stream()
            .map(name -> "SELECT '" + name + "', COALESCE(current_setting('" + name + "', TRUE), '')")
            .collect(Collectors.joining("\nUNION ALL "));

    static SessionSettings read(Connection connection) throws SQLException {
        return new SessionSettings(current(connection), connection.getTransactionIsolation(), connection.isReadOnly());
    }

    String role() {
        return values.getOrDefault("role", "none");
    }

    private static Map<String, String> current(Connection connection) throws SQLException {
        var values = new LinkedHashMap<String, String>();
        Jdbc.list(connection, READ, row -> values.put(row.getString(1), row.getString(2)));
        return values;
    }

    /** Sets what a run needs; the search path as Flyway does: the schema first, then what was there. */
    void prepare(Connection connection, String label, String schema) throws SQLException {
        Jdbc.list(connection, """
                SELECT set_config('application_name', ?, FALSE), set_config('search_path', ?, FALSE),
                    set_config('idle_in_transaction_session_timeout', '10min', FALSE),
                    set_config('tcp_keepalives_idle', '30', FALSE), set_config('tcp_keepalives_interval', '10', FALSE),
                    set_config('tcp_keepalives_count', '3', FALSE)""", row -> true, label, searchPath(schema));
        try {
            set(connection, "client_connection_check_interval", "5s");
        } catch (SQLException e) {
            LOG.log(System.Logger.Level.DEBUG, "this server notices a dead client late: " + e.getMessage());
        }
    }

    private String searchPath(String schema) {
        var original = values.getOrDefault("search_path", "");
        var first = QueueName.quote(schema);
        if (original.startsWith(first) || original.equals(schema) || original.startsWith(schema + ",")) {
            return original;
        }
        return original.isBlank() ? first : first + ", " + original;
    }

    /** Gives the session back its settings; the role first, since the others may need it. */
    void restore(Connection connection) throws SQLException {
        if (connection.isReadOnly() != readOnly) {
            connection.setReadOnly(readOnly);
        }
        if (connection.getTransactionIsolation() != isolation) {
            connection.setTransactionIsolation(isolation);
        }
        var now = current(connection);
        for (var name : NAMES) {
            var then = values.getOrDefault(name, "");
            if (!then.equals(now.get(name))) {
                set(connection, name, then);
            }
        }
    }

    private static void set(Connection connection, String name, String value) throws SQLException {
        Jdbc.list(connection, "SELECT set_config(?, ?, FALSE)", row -> true, name, value);
    }
}

package dev.turnasync.resumable;

import dev.turnasync.jdbc.Jdbc;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/**
 * Runs statements of a session without its timeouts, which get their former values back. What works concurrently waits for
 * every older transaction while it blocks nobody: a timeout would leave it half done and help no one.
 */
final class NoTimeouts implements AutoCloseable {

    private final Connection connection;
    private final List<Map.Entry<String, String>> before;

    /** Switches the timeouts of a session off. */
    NoTimeouts(Connection connection) throws SQLException {
        this.connection = connection;
        // Read from the list of settings: not every server version knows all three.
        this.before = Jdbc.list(connection, """
                SELECT name, current_setting(name)
                FROM pg_catalog.pg_settings
                WHERE name IN ('lock_timeout', 'statement_timeout', 'transaction_timeout')""", row -> Map.entry(row.getString(1), row.getString(2)));
        for (var setting : before) {
            set(setting.getKey(), "0");
        }
    }

    /** Lets the statements of a transaction take as long as they take; how long they wait for locks stays limited. */
    static void inTransaction(Connection connection) throws SQLException {
        Jdbc.list(connection, """
                SELECT set_config(name, '0', TRUE)
                FROM pg_catalog.pg_settings
                WHERE name IN ('statement_timeout', 'transaction_timeout')""", row -> true);
    }

    void execute(String sql) throws SQLException {
        Jdbc.execute(connection, sql);
    }

    @Override
    public void close() throws SQLException {
        for (var setting : before) {
            set(setting.getKey(), setting.getValue());
        }
    }

    private void set(String name, String value) throws SQLException {
        Jdbc.list(connection, "SELECT set_config(?, ?, FALSE)", row -> true, name, value);
    }
}

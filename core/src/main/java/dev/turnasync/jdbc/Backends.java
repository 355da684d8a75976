package dev.turnasync.jdbc;

import java.sql.Connection;
import java.sql.SQLException;

/** Looks after the database sessions that run migrations, found by their {@link SessionLabel}. */
final class Backends {

    private static final System.Logger LOG = System.getLogger(Backends.class.getName());

    private Backends() {}

    /** Ends the sessions of a label, idle ones too, since they may belong to a frozen worker; waiting up to five seconds. Returns whether none is left that does anything. */
    static boolean end(Connection connection, String label) throws SQLException {
        try {
            Jdbc.list(connection, """
                    SELECT pg_terminate_backend(pid, 5000)
                    FROM pg_stat_activity
                    WHERE application_name = ? AND datname = current_database() AND pid <> pg_backend_pid()""", row -> row.getBoolean(1), label);
        } catch (SQLException e) {
            LOG.log(System.Logger.Level.WARNING, "may not end the session " + label + " of a dead worker: " + e);
        }
        return !isBusy(connection, label);
    }

    /** Cancels what the sessions of a label are running. */
    static void cancel(Connection connection, String label) throws SQLException {
        Jdbc.list(connection, """
                SELECT pg_cancel_backend(pid)
                FROM pg_stat_activity
                WHERE application_name = ? AND datname = current_database() AND state = 'active'
                    AND pid <> pg_backend_pid()""", row -> row.getBoolean(1), label);
    }

    static boolean exists(Connection connection, String label) throws SQLException {
        return Jdbc.first(
                        connection,
                        "SELECT 1 FROM pg_stat_activity WHERE application_name = ? AND datname = current_database()",
                        row -> true,
                        label)
                .orElse(false);
    }

    static boolean isBusy(Connection connection, String label) throws SQLException {
        return Jdbc.first(connection, """
                        SELECT 1
                        FROM pg_stat_activity
                        WHERE application_name = ? AND datname = current_database() AND state IS DISTINCT FROM 'idle'
                            AND pid <> pg_backend_pid()""", row -> true, label).orElse(false);
    }
}

package dev.turnasync.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;
import org.postgresql.util.PSQLException;

/** What only PostgreSQL's own driver can tell; nothing here is needed with another one. */
final class PostgresDriver {

    private static final System.Logger LOG = System.getLogger(PostgresDriver.class.getName());

    private PostgresDriver() {}

    /**
     * Tells whether a pooler stands between this connection and the server: it then speaks to another process than the one it was
     * told at its start, since a pooler makes that number up. In transaction mode a setting of the session would stay with
     * some server connection, and meet others.
     */
    static boolean isPooled(Connection connection) throws SQLException {
        try {
            if (!connection.isWrapperFor(PGConnection.class)) {
                return false;
            }
            var told = connection.unwrap(PGConnection.class).getBackendPID();
            return Jdbc.first(connection, "SELECT pg_backend_pid()", row -> row.getInt(1))
                    .filter(real -> real != told)
                    .isPresent();
        } catch (LinkageError e) {
            LOG.log(System.Logger.Level.DEBUG, "another driver than PostgreSQL's own", e);
            return false;
        }
    }

    /**
     * Tells whether the server said last that no transaction is open, without asking it again: also true of a session that has
     * died since.
     */
    static boolean isKnownIdle(Connection connection) {
        try {
            return connection.isWrapperFor(BaseConnection.class)
                    && connection.unwrap(BaseConnection.class).getTransactionState() == TransactionState.IDLE;
        } catch (SQLException | LinkageError e) {
            LOG.log(System.Logger.Level.DEBUG, "the driver does not say whether a transaction is open", e);
            return false;
        }
    }

    /**
     * Waits for notifications.
     *
     * @throws SQLException if the connection broke, or the driver knows no notifications
     */
    static List<String> notifications(Connection connection, int waitMillis) throws SQLException {
        try {
            var found = connection.unwrap(PGConnection.class).getNotifications(waitMillis);
            return found == null
                    ? List.of()
                    : Stream.of(found).map(PGNotification::getParameter).toList();
        } catch (LinkageError e) {
            throw new SQLException("notifications need PostgreSQL's own JDBC driver", e);
        }
    }

    /** The encoding of a connection's database, by PostgreSQL's name. The driver is told it when it connects. */
    static String encoding(Connection connection) throws SQLException {
        try {
            if (connection.isWrapperFor(PGConnection.class)) {
                var told = connection.unwrap(PGConnection.class).getParameterStatus("server_encoding");
                if (told != null) {
                    return told;
                }
            }
        } catch (LinkageError e) {
            LOG.log(System.Logger.Level.DEBUG, "another driver than PostgreSQL's own", e);
        }
        return Jdbc.first(connection, "SHOW server_encoding", row -> row.getString(1))
                .orElse("");
    }

    /** Which routine of the server raised an error; null when that is not known. */
    static @Nullable String routine(SQLException error) {
        try {
            var told = error instanceof PSQLException known ? known.getServerErrorMessage() : null;
            return told == null ? null : told.getRoutine();
        } catch (LinkageError e) {
            LOG.log(System.Logger.Level.DEBUG, "another driver than PostgreSQL's own", e);
            return null;
        }
    }
}

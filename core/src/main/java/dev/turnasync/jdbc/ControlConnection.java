package dev.turnasync.jdbc;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.SchemaMismatchException;
import dev.turnasync.spi.DatabaseAwayException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The connection that keeps a lease: taken before a run and kept, so that an exhausted pool never loses the lease. Opened again
 * when it broke. Safe for use by many threads, which take turns.
 */
final class ControlConnection implements AutoCloseable {

    /** Work on the connection, in autocommit mode. */
    @FunctionalInterface
    interface Work<T> {
        T on(Connection connection) throws SQLException;
    }

    private static final System.Logger LOG = System.getLogger(ControlConnection.class.getName());

    /** A worker that is frozen inside a transaction here holds the fence, and has no label by which it could be ended. */
    private static final String IDLE_TIMEOUT = "idle_in_transaction_session_timeout";

    private static final String READ_ONLY = "25006";
    /** There is no such schema or table. A database that is not there is being renamed, restored or reloaded. */
    private static final Set<String> GONE = Set.of("3F000", "42P01");

    /** Between two renewals it is idle on purpose. */
    private static final String IDLE_SESSION = "idle_session_timeout";

    private static final long LEAST_IDLE_MILLIS = 1_000;

    private final DataSource dataSource;
    private final Duration patience;

    /** Fair, so that a renewal waits for one turn and not for all that others take meanwhile. */
    private final ReentrantLock turn = new ReentrantLock(true);

    private final RoundTrips trips = new RoundTrips();
    private @Nullable Connection connection;
    private int networkTimeoutBefore;
    private String lockTimeoutBefore = "0";
    private String idleTimeoutBefore = "0";
    private String idleSessionBefore = "0";
    private boolean pooled;
    private boolean closed;

    /**
     * Creates a connection that is opened when first used.
     *
     * @param dataSource where it comes from
     * @param patience how long a statement may wait for a lock or the network
     */
    ControlConnection(DataSource dataSource, Duration patience) {
        this.dataSource = dataSource;
        this.patience = patience;
    }

    /** Runs work, once more on a new connection when the old one turns out to be broken. */
    <T> T call(String what, Work<T> work) {
        turn.lock();
        try {
            try {
                return work.on(open());
            } catch (SQLException e) {
                var current = connection;
                if (current == null || (current.isValid(seconds()) && !isReadOnly(e))) {
                    throw e;
                }
                current.abort(Runnable::run); // else a pool would hand it out again
                discard();
                return work.on(open());
            }
        } catch (SQLException e) {
            throw failure("could not " + what + ": " + e.getMessage(), e);
        } finally {
            turn.unlock();
        }
    }

    private static AsyncMigrationException failure(String message, SQLException cause) {
        if (GONE.contains(String.valueOf(cause.getSQLState()))) {
            return new SchemaMismatchException(message, cause);
        }
        return ErrorReports.isAway(cause)
                ? new DatabaseAwayException(message, cause)
                : new AsyncMigrationException(message, cause);
    }

    /** Runs work in a transaction of its own. */
    <T> T transaction(String what, Work<T> work) {
        return call(
                what,
                current -> Jdbc.inTransaction(current, () -> {
                    if (pooled) {
                        set(current, "lock_timeout", millis(), true);
                        set(current, IDLE_TIMEOUT, idleMillis(), true);
                    }
                    return work.on(current);
                }));
    }

    @Override
    public void close() {
        turn.lock();
        try {
            var current = connection;
            if (current != null) {
                if (!pooled) {
                    set(current, "lock_timeout", lockTimeoutBefore, false);
                    set(current, IDLE_TIMEOUT, idleTimeoutBefore, false);
                    set(current, IDLE_SESSION, idleSessionBefore, false);
                }
                current.setNetworkTimeout(Runnable::run, networkTimeoutBefore);
            }
        } catch (SQLException e) {
            LOG.log(System.Logger.Level.DEBUG, "control connection was broken when it was closed", e);
        } finally {
            closed = true;
            discard();
            turn.unlock();
        }
    }

    private Connection open() throws SQLException {
        if (closed) {
            throw new SQLException("the lease was released already");
        }
        var current = connection;
        if (current == null) {
            current = dataSource.getConnection();
            connection = current;
            current.setAutoCommit(true);
            networkTimeoutBefore = current.getNetworkTimeout();
            current.setNetworkTimeout(
                    Runnable::run, (int) patience.multipliedBy(2).toMillis());
            var opened = current;
            pooled = trips.timed(() -> PostgresDriver.isPooled(opened));
            if (!pooled) { // else it would stay with some connection of the pooler's
                lockTimeoutBefore = show(current, "lock_timeout");
                idleTimeoutBefore = show(current, IDLE_TIMEOUT);
                idleSessionBefore = show(current, IDLE_SESSION);
                set(current, "lock_timeout", millis(), false);
                set(current, IDLE_TIMEOUT, idleMillis(), false);
                set(current, IDLE_SESSION, "0", false);
            }
        }
        return current;
    }

    private String show(Connection connection, String setting) throws SQLException {
        return trips.timed(() -> Jdbc.first(connection, "SHOW " + setting, row -> row.getString(1)))
                .orElse("0");
    }

    /** What a round trip takes; zero before the connection is opened. */
    RoundTrips trips() {
        return trips;
    }

    private static void set(Connection connection, String name, String value, boolean local) throws SQLException {
        Jdbc.list(connection, "SELECT set_config(?, ?, ?)", row -> true, name, value, local);
    }

    private String millis() {
        return Long.toString(patience.toMillis());
    }

    private String idleMillis() {
        return Long.toString(Math.max(LEAST_IDLE_MILLIS, 2 * patience.toMillis()));
    }

    private void discard() {
        var current = connection;
        connection = null;
        if (current != null) {
            try {
                current.close();
            } catch (SQLException e) {
                LOG.log(System.Logger.Level.DEBUG, "control connection was broken when it was closed", e);
            }
        }
    }

    /** Read-only may be this session alone: it began while the database was, or on a server that is no longer the primary. */
    private static boolean isReadOnly(SQLException failure) {
        return READ_ONLY.equals(failure.getSQLState());
    }

    private int seconds() {
        return (int) Math.max(1, patience.toSeconds());
    }
}

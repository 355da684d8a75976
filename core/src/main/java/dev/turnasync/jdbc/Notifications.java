package dev.turnasync.jdbc;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Hears, by PostgreSQL's {@code LISTEN}, when something was queued, retried, skipped or given back anywhere in the fleet. On a
 * thread and a connection of its own, which is opened again when it breaks. Only quicker than the next look: whatever is missed is
 * found by it.
 */
public final class Notifications implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(Notifications.class.getName());
    private static final int WAIT_MILLIS = 5_000;
    private static final int LONGEST_PAUSE = 30;
    private static final int LONGEST_PAYLOAD = 1_000;

    private final DataSource dataSource;
    private final QueueName name;
    private final Runnable heard;
    private final Thread thread;
    private volatile boolean closed;
    private volatile @Nullable Connection current;
    private int failures; // of the listening thread

    private Notifications(DataSource dataSource, QueueName name, Runnable heard) {
        this.dataSource = dataSource;
        this.name = name;
        this.heard = heard;
        this.thread = new Thread(this::run, "turnasync-listener");
        thread.setDaemon(true);
    }

    /**
     * Starts to listen.
     *
     * @param dataSource where its connection comes from; not a pooler in transaction mode
     * @param name which queue
     * @param heard is run when something happened, and when some of it may have been missed; must return soon
     * @return ends the listening when closed
     */
    public static Notifications listen(DataSource dataSource, QueueName name, Runnable heard) {
        var listener = new Notifications(dataSource, name, heard);
        listener.thread.start();
        return listener;
    }

    /** Tells the fleet, when the current transaction commits. */
    static void send(Connection connection, QueueName name) throws SQLException {
        Jdbc.list(connection, "SELECT pg_notify('turnasync', ?)", row -> true, payload(name));
    }

    /** The queue; PostgreSQL refuses long payloads. */
    static String payload(QueueName name) {
        var text = name.toString();
        return text.length() <= LONGEST_PAYLOAD
                ? text
                : UUID.nameUUIDFromBytes(text.getBytes(StandardCharsets.UTF_8)).toString();
    }

    @Override
    public void close() {
        closed = true;
        var open = current;
        if (open != null) {
            try {
                open.abort(Runnable::run); // a wait for notifications ends in no other way
            } catch (SQLException e) {
                LOG.log(System.Logger.Level.DEBUG, "the listener's connection could not be aborted", e);
            }
        }
        LockSupport.unpark(thread);
    }

    private void run() {
        while (!closed) {
            try (var connection = dataSource.getConnection()) {
                current = connection;
                connection.setAutoCommit(true);
                listen(connection);
            } catch (SQLException | RuntimeException e) {
                if (!closed) {
                    LOG.log(
                            failures++ == 0 ? System.Logger.Level.WARNING : System.Logger.Level.DEBUG,
                            "cannot listen for changes of " + name + "; the regular looks go on",
                            e);
                    pause();
                }
            }
        }
    }

    /** A session that listens is idle on purpose; unless it broke, its pool gets it back as it was. */
    private void listen(Connection connection) throws SQLException {
        var before = PostgresDriver.isPooled(connection)
                ? null
                : Jdbc.first(connection, "SHOW idle_session_timeout", row -> row.getString(1))
                        .orElse("0");
        if (before != null) {
            limitIdleness(connection, "0");
        }
        Jdbc.execute(connection, "LISTEN turnasync");
        try {
            heard.run();
            hear(connection);
        } catch (RuntimeException e) {
            giveBack(connection, before);
            throw e;
        }
        giveBack(connection, before);
    }

    private static void giveBack(Connection connection, @Nullable String idleBefore) {
        try {
            Jdbc.execute(connection, "UNLISTEN turnasync");
            if (idleBefore != null) {
                limitIdleness(connection, idleBefore);
            }
        } catch (SQLException e) {
            LOG.log(System.Logger.Level.DEBUG, "the listener's connection was broken", e);
        }
    }

    private static void limitIdleness(Connection connection, String limit) throws SQLException {
        Jdbc.list(connection, "SELECT set_config('idle_session_timeout', ?, FALSE)", row -> true, limit);
    }

    private void hear(Connection connection) throws SQLException {
        var mine = payload(name);
        while (!closed) {
            var notifications = PostgresDriver.notifications(connection, WAIT_MILLIS);
            failures = 0;
            if (notifications.contains(mine)) {
                heard.run();
            } else if (!connection.isValid(WAIT_MILLIS / 1_000)) {
                throw new SQLException("the connection broke", "08006");
            }
        }
    }

    private void pause() {
        LockSupport.parkNanos(
                TimeUnit.SECONDS.toNanos(Math.min(LONGEST_PAUSE, 1L << Math.min(failures, LONGEST_PAUSE))));
    }
}

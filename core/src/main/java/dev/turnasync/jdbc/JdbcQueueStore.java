package dev.turnasync.jdbc;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.spi.DatabaseAwayException;
import dev.turnasync.spi.LeaseSession;
import dev.turnasync.spi.LeaseToken;
import dev.turnasync.spi.QueueStore;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import javax.sql.DataSource;

/** The queue of one Flyway history on PostgreSQL. Safe for use by many threads. */
public final class JdbcQueueStore implements QueueStore {

    /** A network that swallows everything must not stop a watcher for good. */
    private static final int PATIENCE_MILLIS = 10_000;

    private final DataSource dataSource;
    private final QueueName name;
    private final QueueSql sql;
    private final HeadSql head;
    private volatile boolean ready;

    /**
     * Creates a store.
     *
     * @param dataSource where lease connections come from
     * @param name which queue
     */
    public JdbcQueueStore(DataSource dataSource, QueueName name) {
        this.dataSource = dataSource;
        this.name = name;
        this.sql = new QueueSql(name);
        this.head = new HeadSql(name);
    }

    @Override
    public Optional<LeaseSession> tryLease(String worker, Duration leaseFor) {
        var control = new ControlConnection(dataSource, leaseFor.dividedBy(4).plusMillis(1));
        try {
            var lease = control.call("take the lease of " + name, connection -> take(connection, worker, leaseFor));
            if (lease.isPresent()) {
                return Optional.of(
                        new JdbcLeaseSession(control, name, new JdbcLeaseSession.Lease(worker, lease.get(), leaseFor)));
            }
        } catch (RuntimeException e) {
            ready = false;
            control.close();
            throw e;
        }
        control.close();
        return Optional.empty();
    }

    @Override
    public void requireLease() {
        var lease = look(connection -> LeaseView.read(connection, name, true));
        if (!lease.present()) {
            throw new AsyncMigrationException("no worker can work on the queue " + name
                    + ": its lease row is lost. `check-queue --fix` adds it, and workers go on by themselves.");
        }
        if (lease.isFromTheFuture()) {
            throw new AsyncMigrationException("no worker can work on the queue " + name + ": worker " + lease.worker()
                    + " renewed its lease at " + lease.renewedAt()
                    + ", which is still to come, for the database's clock went"
                    + " back. `check-queue --fix` ends that lease, and workers go on by themselves.");
        }
    }

    @Override
    public Glance glance() {
        return look(this::glance);
    }

    /** Reads something. */
    @FunctionalInterface
    private interface Look<T> {
        T at(Connection connection) throws SQLException;
    }

    private <T> T look(Look<T> look) {
        try (var connection = dataSource.getConnection()) {
            var before = connection.getNetworkTimeout();
            connection.setNetworkTimeout(Runnable::run, PATIENCE_MILLIS);
            var seen = look.at(connection);
            connection.setNetworkTimeout(Runnable::run, before);
            return seen;
        } catch (SQLException e) {
            var message = "could not look at the queue " + name + ": " + e.getMessage();
            throw ErrorReports.isAway(e)
                    ? new DatabaseAwayException(message, e)
                    : new AsyncMigrationException(message, e);
        }
    }

    private Glance glance(Connection connection) throws SQLException {
        if (new QueueSchema(name.schema()).verify(connection).version() == 0) {
            return new Glance(Optional.empty(), Optional.empty());
        }
        return Jdbc.first(
                        connection,
                        head.headAndLease(),
                        JdbcQueueStore::glance,
                        name.historyTable(),
                        name.historyTable(),
                        name.historyTable())
                .orElseGet(() -> new Glance(Optional.empty(), Optional.empty()));
    }

    private static Glance glance(ResultSet row) throws SQLException {
        var entry = EntryRow.entry(row);
        var freeIn = Duration.ofMillis(Math.max(0, row.getLong("free_in_ms")));
        return new Glance(Optional.of(entry), waits(entry) ? Optional.of(freeIn) : Optional.empty());
    }

    /** A RUNNING head waits for the lease of a worker that may be dead. */
    private static boolean waits(QueueEntry head) {
        return switch (head.status()) {
            case QUEUED, RUNNING, RETRYABLE -> true;
            case FAILED, PAUSED, SUCCEEDED, SKIPPED, UNDONE -> false;
        };
    }

    private Optional<LeaseToken> take(Connection connection, String worker, Duration leaseFor) throws SQLException {
        if (!isReady(connection)) {
            return Optional.empty();
        }
        var token = tryTake(connection, worker, leaseFor);
        if (token.isEmpty() && endFrozenSession(connection)) {
            return tryTake(connection, worker, leaseFor);
        }
        return token;
    }

    /** Looks for the tables, and upgrades old ones; never creates them, since that is for migrate. */
    private boolean isReady(Connection connection) throws SQLException {
        var schema = new QueueSchema(name.schema());
        if (!ready && schema.verify(connection).version() > 0) {
            Jdbc.inTransaction(connection, () -> {
                schema.ensure(connection);
                return true;
            });
            ready = true;
        }
        return ready;
    }

    private Optional<LeaseToken> tryTake(Connection connection, String worker, Duration leaseFor) throws SQLException {
        return Jdbc.first(
                connection,
                sql.takeLease(),
                QueueSql::token,
                StoredText.name(worker),
                leaseFor.toMillis(),
                name.historyTable());
    }

    /** A lease that ran out or was released but is fenced by an open transaction belongs to a frozen worker: its session is ended. */
    private boolean endFrozenSession(Connection connection) throws SQLException {
        var expired = Jdbc.first(
                        connection,
                        sql.readLease(),
                        row -> row.getBoolean("expired")
                                ? Optional.of(QueueSql.token(row))
                                : Optional.<LeaseToken>empty(),
                        name.historyTable())
                .flatMap(token -> token);
        return expired.isPresent() && Backends.end(connection, SessionLabel.of(name, expired.get()));
    }
}

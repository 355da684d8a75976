package dev.turnasync.jdbc;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.Attempt;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.MigrationQueue;
import dev.turnasync.api.OperatorAction;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.api.QueueEntry.Request;
import dev.turnasync.api.QueueReport;
import dev.turnasync.api.Readiness;
import dev.turnasync.jdbc.Decisions.Decision;
import dev.turnasync.jdbc.Wish.Done;
import dev.turnasync.spi.MigrationCatalog;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;

/** The operator's view of one queue on PostgreSQL. Safe for use by many threads. */
public final class JdbcMigrationQueue implements MigrationQueue {

    /** One of the things that an operator does. */
    @FunctionalInterface
    private interface Change {
        Done on(Connection connection) throws SQLException;
    }

    /** How changes are made. */
    private enum Mode {
        REAL,
        DRY
    }

    private static final String UNIQUE_VIOLATION = "23505";

    private final DataSource dataSource;
    private final QueueName name;
    private final MigrationCatalog catalog;
    private final Mode mode;
    private final EntryReader reader;
    private final Decisions decisions;
    private final Holds holds;
    private final Undo undo;

    /**
     * Creates a view.
     *
     * @param dataSource where connections come from
     * @param name which queue
     * @param catalog the async migrations of this node
     */
    public JdbcMigrationQueue(DataSource dataSource, QueueName name, MigrationCatalog catalog) {
        this(dataSource, name, catalog, Mode.REAL);
    }

    private JdbcMigrationQueue(DataSource dataSource, QueueName name, MigrationCatalog catalog, Mode mode) {
        this.dataSource = dataSource;
        this.name = name;
        this.catalog = catalog;
        this.mode = mode;
        this.reader = new EntryReader(name);
        this.decisions = new Decisions(name, catalog);
        this.holds = new Holds(name);
        this.undo = new Undo(name, catalog);
    }

    @Override
    public MigrationQueue dryRun() {
        return new JdbcMigrationQueue(dataSource, name, catalog, Mode.DRY);
    }

    @Override
    public List<QueueEntry> list() {
        return call("list the queue", reader::all);
    }

    @Override
    public List<QueueEntry> recent(int finished) {
        return call("list the queue", connection -> reader.recent(connection, finished));
    }

    @Override
    public Map<EntryStatus, Long> count() {
        return call("count the entries", reader::counts);
    }

    @Override
    public Optional<QueueEntry> find(String key) {
        return call("find " + key, connection -> reader.find(connection, key));
    }

    @Override
    public List<Attempt> attempts(QueueEntry entry) {
        return call("read the attempts at " + entry.label(), connection -> reader.attempts(connection, entry.id()));
    }

    @Override
    public List<Request> requests(QueueEntry entry) {
        return call("read the requests to " + entry.label(), connection -> reader.requests(connection, entry.id()));
    }

    @Override
    public List<OperatorAction> actions(QueueEntry entry, int most) {
        return call(
                "read what was done to " + entry.label(), connection -> reader.actions(connection, entry.key(), most));
    }

    @Override
    public List<OperatorAction> actions(int most) {
        return call("read what was done", connection -> reader.actions(connection, null, most));
    }

    @Override
    public QueueReport check(Duration silence) {
        return call("check the queue", connection -> new QueueCheck(connection, name, catalog, silence).run());
    }

    @Override
    public QueueReport fix(String actor) {
        try {
            var mended = new QueueFix(dataSource, name, actor).run(mode == Mode.DRY);
            return check().withFixed(mended);
        } catch (SQLException e) {
            throw failure("fix the queue", e);
        }
    }

    @Override
    public Readiness readiness(String key) {
        return call("look for " + key, connection -> new Gate(connection, name).of(key));
    }

    @Override
    public Readiness readiness() {
        return call("look at the queue", connection -> new Gate(connection, name).ofAll());
    }

    @Override
    public QueueEntry retry(String key, String actor, String reason) {
        var wish = new Wish("retry", actor, reason);
        return change(wish, key, connection -> decisions.decide(connection, key, wish, Decision.RETRY));
    }

    @Override
    public QueueEntry restart(String key, String actor, String reason) {
        var wish = new Wish("restart", actor, reason);
        return change(wish, key, connection -> decisions.restart(connection, key, wish));
    }

    @Override
    public QueueEntry skip(String key, String actor, String reason) {
        var wish = new Wish("skip", actor, reason);
        return change(wish, key, connection -> decisions.decide(connection, key, wish, Decision.SKIP));
    }

    @Override
    public QueueEntry markApplied(String key, String actor, String reason) {
        var wish = new Wish("mark-applied", actor, reason);
        return change(wish, key, connection -> decisions.decide(connection, key, wish, Decision.MARK_APPLIED));
    }

    @Override
    public QueueEntry pause(String key, String actor, String reason) {
        var wish = new Wish("pause", actor, reason);
        return change(wish, key, connection -> holds.pause(connection, reader.require(connection, key), wish));
    }

    @Override
    public QueueEntry resume(String key, String actor, String reason) {
        var wish = new Wish("resume", actor, reason);
        return change(wish, key, connection -> holds.resume(connection, reader.require(connection, key), wish));
    }

    @Override
    public QueueEntry cancel(String key, String actor, String reason) {
        var wish = new Wish("cancel", actor, reason);
        return change(wish, key, connection -> holds.cancel(connection, reader.require(connection, key), wish));
    }

    @Override
    public QueueEntry throttle(String key, Duration time, String actor, String reason) {
        var wish = new Wish("throttle", actor, reason);
        return change(wish, key, connection -> holds.throttle(connection, reader.require(connection, key), wish, time));
    }

    @Override
    public QueueEntry undo(String key, String actor, String reason) {
        var wish = new Wish("undo", actor, reason);
        return change(wish, key, connection -> undo.undo(connection, reader.require(connection, key), wish));
    }

    @Override
    public QueueEntry markHistory(String key, String actor, String reason) {
        var wish = new Wish("mark-history", actor, reason);
        return change(wish, key, connection -> undo.markHistory(connection, reader.require(connection, key)));
    }

    /** Makes a change, records who made it, and tells the workers; all in one transaction. */
    private QueueEntry change(Wish wish, String key, Change change) {
        return call(wish.action() + " " + key, connection -> {
            try {
                return changed(connection, wish, change);
            } catch (SQLException e) {
                if (!UNIQUE_VIOLATION.equals(e.getSQLState())) {
                    throw e;
                }
                // Somebody else made the missing entry a moment ago.
                return changed(connection, wish, change);
            }
        });
    }

    private QueueEntry changed(Connection connection, Wish wish, Change change) throws SQLException {
        Jdbc.Work<QueueEntry> work = () -> {
            var done = change.on(connection);
            OperatorActions.add(connection, name, wish, done);
            Notifications.send(connection, name);
            return reader.byId(connection, done.entry());
        };
        return mode == Mode.DRY ? Jdbc.rehearse(connection, work) : Jdbc.inTransaction(connection, work);
    }

    private <T> T call(String what, ControlConnection.Work<T> work) {
        try (var connection = dataSource.getConnection()) {
            return work.on(connection);
        } catch (SQLException e) {
            throw failure(what, e);
        }
    }

    private AsyncMigrationException failure(String what, SQLException cause) {
        return new AsyncMigrationException("could not " + what + " (" + name + "): " + cause.getMessage(), cause);
    }
}

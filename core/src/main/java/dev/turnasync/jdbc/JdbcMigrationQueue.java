package dev.turnasync.jdbc;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.Attempt;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.MigrationQueue;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.api.QueueReport;
import dev.turnasync.spi.MigrationCatalog;
import dev.turnasync.spi.NewEntry;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** The operator's view of one queue on PostgreSQL. Safe for use by many threads. */
public final class JdbcMigrationQueue implements MigrationQueue {

    /** What an operator wants to do. */
    private record Wish(String action, String actor, String reason) {}

    private static final String UNIQUE_VIOLATION = "23505";

    private final DataSource dataSource;
    private final QueueName name;
    private final MigrationCatalog catalog;
    private final OperatorSql sql;
    private final Holds holds;

    /**
     * Creates a view.
     *
     * @param dataSource where connections come from
     * @param name which queue
     * @param catalog the async migrations of this node
     */
    public JdbcMigrationQueue(DataSource dataSource, QueueName name, MigrationCatalog catalog) {
        this.dataSource = dataSource;
        this.name = name;
        this.catalog = catalog;
        this.sql = new OperatorSql(name);
        this.holds = new Holds(name, sql);
    }

    @Override
    public List<QueueEntry> list() {
        return call("list the queue", this::entries);
    }

    @Override
    public Optional<QueueEntry> find(String key) {
        return call("find " + key, connection -> newest(entries(connection), key));
    }

    @Override
    public List<Attempt> attempts(QueueEntry entry) {
        return call(
                "read the attempts at " + entry.label(),
                connection -> Jdbc.list(connection, sql.attempts(), JdbcMigrationQueue::attempt, entry.id()));
    }

    @Override
    public QueueReport check() {
        return call(
                "check the queue", connection -> new QueueCheck(connection, name, catalog).run(entries(connection)));
    }

    @Override
    public QueueEntry retry(String key, String actor, String reason) {
        var wish = wish("retry", actor, reason);
        return change(key, wish, EntryStatus.QUEUED);
    }

    @Override
    public QueueEntry skip(String key, String actor, String reason) {
        var wish = wish("skip", actor, reason);
        return change(key, wish, EntryStatus.SKIPPED);
    }

    @Override
    public QueueEntry pause(String key, String actor, String reason) {
        return hold(key, wish("pause", actor, reason), holds::pause);
    }

    @Override
    public QueueEntry resume(String key, String actor, String reason) {
        return hold(key, wish("resume", actor, reason), holds::resume);
    }

    @Override
    public QueueEntry cancel(String key, String actor, String reason) {
        return hold(key, wish("cancel", actor, reason), holds::cancel);
    }

    @Override
    public QueueEntry throttle(String key, Duration time, String actor, String reason) {
        return hold(
                key,
                wish("throttle", actor, reason),
                (connection, entry, told) -> holds.throttle(connection, entry, told, time));
    }

    /** One of the things that an operator does to an entry that exists. */
    @FunctionalInterface
    private interface Hold {
        Holds.Done on(Connection connection, QueueEntry entry, String told) throws SQLException;
    }

    private QueueEntry hold(String key, Wish wish, Hold hold) {
        return call(
                wish.action() + " " + key,
                connection -> Jdbc.inTransaction(connection, () -> {
                    var entry = newest(entries(connection), key)
                            .orElseThrow(() -> new AsyncMigrationException(
                                    "no entry " + key + " in " + name + "; `list` shows the entries"));
                    var done = hold.on(connection, entry, told(wish));
                    addAction(connection, entry.id(), wish, new Step(done.from().name(), done.to()));
                    Notifications.send(connection, name);
                    return newest(entries(connection), key).orElseThrow();
                }));
    }

    private static Wish wish(String action, String actor, String reason) {
        return new Wish(action, required(actor, "actor"), required(reason, "reason"));
    }

    private QueueEntry change(String key, Wish wish, EntryStatus to) {
        return call(wish.action() + " " + key, connection -> {
            try {
                return Jdbc.inTransaction(connection, () -> change(connection, key, wish, to));
            } catch (SQLException e) {
                if (!UNIQUE_VIOLATION.equals(e.getSQLState())) {
                    throw e;
                }
                // Somebody else made the missing entry a moment ago.
                return Jdbc.inTransaction(connection, () -> change(connection, key, wish, to));
            }
        });
    }

    private QueueEntry change(Connection connection, String key, Wish wish, EntryStatus to) throws SQLException {
        var entries = entries(connection);
        var entry = newest(entries, key);
        if (entry.isEmpty() || isOvertaken(connection, entry.get())) {
            addMissing(connection, key, wish, to);
        } else {
            requireApplied(entry.get(), wish);
            change(connection, entry.get(), wish, to);
        }
        Notifications.send(connection, name);
        return newest(entries(connection), key).orElseThrow();
    }

    /** The next migrate completes what the history does not list, and would undo what is decided now. */
    private static void requireApplied(QueueEntry entry, Wish wish) {
        if (entry.standing() == QueueEntry.Standing.NOT_APPLIED) {
            throw new AsyncMigrationException("cannot " + wish.action() + " " + entry.label()
                    + ": Flyway's history does not list it as applied. Run migrate first.");
        }
    }

    /** Whether the history lists another checksum of a finished repeatable migration, which was never queued. */
    private boolean isOvertaken(Connection connection, QueueEntry entry) throws SQLException {
        if (entry.identity().version() != null || !entry.status().isFinished()) {
            return false;
        }
        var applied = AppliedMigrations.read(connection, sql);
        return catalog.migrations().stream()
                .filter(known -> known.key().equals(entry.key()))
                .anyMatch(known ->
                        !Objects.equals(known.checksum(), entry.identity().checksum()) && applied.contains(known));
    }

    private void change(Connection connection, QueueEntry entry, Wish wish, EntryStatus to) throws SQLException {
        var text = to == EntryStatus.QUEUED ? sql.retry() : sql.skip();
        var from = Jdbc.first(connection, text, row -> row.getString(1), told(wish), entry.id());
        if (from.isEmpty()) {
            var now = newest(entries(connection), entry.key()).orElse(entry).status();
            throw new AsyncMigrationException("cannot " + wish.action() + " " + entry.label() + ": it is " + now
                    + ", and only "
                    + (to == EntryStatus.QUEUED ? "FAILED and RETRYABLE" : "QUEUED, RETRYABLE, FAILED and PAUSED")
                    + " entries can be. " + (now == EntryStatus.RUNNING ? "Wait until its run has ended." : ""));
        }
        addAction(connection, entry.id(), wish, new Step(from.get(), to));
    }

    private record Step(@Nullable String from, EntryStatus to) {}

    /** An async migration that the history lists as applied, but that was never queued or whose entry is gone. */
    private void addMissing(Connection connection, String key, Wish wish, EntryStatus to) throws SQLException {
        var known = catalog.migrations().stream()
                .filter(migration -> EntryKeys.same(migration.key(), key))
                .findFirst()
                .orElseThrow(() -> new AsyncMigrationException(
                        "no entry and no async migration " + key + " in " + name + "; `list` shows the entries"));
        if (!AppliedMigrations.read(connection, sql).contains(known)) {
            throw new AsyncMigrationException(
                    "no entry for " + known.key() + ", and Flyway's history does not list it as applied; run migrate");
        }
        new QueueSchema(name.schema()).ensure(connection);
        Jdbc.update(connection, new QueueSql(name).addLeaseRow(), name.historyTable());
        JdbcEnqueuer.add(connection, name, known, new JdbcEnqueuer.Start(to, told(wish), true));
        var added = newest(entries(connection), known.key()).orElseThrow();
        addAction(connection, added.id(), wish, new Step(null, to));
    }

    private void addAction(Connection connection, long entry, Wish wish, Step step) throws SQLException {
        Jdbc.update(
                connection,
                sql.addAction(),
                entry,
                wish.action(),
                wish.actor(),
                wish.reason(),
                step.from(),
                step.to().name());
    }

    private static String told(Wish wish) {
        return wish.action() + " by " + wish.actor() + ": " + wish.reason();
    }

    private List<QueueEntry> entries(Connection connection) throws SQLException {
        if (new QueueSchema(name.schema()).verify(connection).version() == 0) {
            return List.of();
        }
        return Jdbc.list(connection, new EntrySql(name).allEntries(), EntryRow::entry, name.historyTable());
    }

    private static Optional<QueueEntry> newest(List<QueueEntry> entries, String key) {
        var exact = entries.stream().anyMatch(entry -> entry.key().equals(key));
        return entries.stream()
                .filter(entry -> exact ? entry.key().equals(key) : EntryKeys.same(entry.key(), key))
                .max((a, b) ->
                        Integer.compare(a.identity().generation(), b.identity().generation()));
    }

    private static Attempt attempt(ResultSet row) throws SQLException {
        var error = row.getString("error_class");
        return new Attempt(
                row.getInt("attempt"),
                row.getString("worker"),
                row.getLong("token"),
                Jdbc.instant(row, "started_at"),
                Jdbc.instantOrNull(row, "finished_at"),
                Attempt.Outcome.valueOf(row.getString("outcome")),
                error == null
                        ? null
                        : new Attempt.Failure(
                                error,
                                row.getString("error_message"),
                                row.getString("sqlstate"),
                                row.getString("stack_trace")),
                row.getString("warning"));
    }

    private static String required(String value, String what) {
        var text = value.replace("\u0000", "");
        if (text.isBlank()) {
            throw new AsyncMigrationException("the " + what + " must not be blank");
        }
        return text;
    }

    private <T> T call(String what, ControlConnection.Work<T> work) {
        try (var connection = dataSource.getConnection()) {
            return work.on(connection);
        } catch (SQLException e) {
            throw new AsyncMigrationException(
                    "could not " + what + " (" + name.schema() + "." + name.historyTable() + "): " + e.getMessage(), e);
        }
    }

    static boolean sameMigration(NewEntry known, QueueEntry entry) {
        return EntryKeys.same(known.key(), entry.key());
    }
}

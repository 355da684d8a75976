package dev.turnasync.jdbc;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.api.QueueEntry.Direction;
import dev.turnasync.api.QueueEntry.Standing;
import dev.turnasync.jdbc.Wish.Done;
import dev.turnasync.spi.MigrationCatalog;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;

/** What a person decides about an entry that a worker does not have: to queue it again, to skip it, to declare it applied. */
final class Decisions {

    /** One of the decisions: the guarded statement, and from which statuses it leads. */
    enum Decision {
        RETRY(EntryStatus.QUEUED, "FAILED, RETRYABLE and UNDONE"),
        SKIP(EntryStatus.SKIPPED, "QUEUED, RETRYABLE, FAILED and PAUSED"),
        MARK_APPLIED(EntryStatus.SUCCEEDED, "QUEUED, RETRYABLE, FAILED and PAUSED");

        private final EntryStatus to;
        private final String from;

        Decision(EntryStatus to, String from) {
            this.to = to;
            this.from = from;
        }

        private String statement(OperatorSql sql) {
            return switch (this) {
                case RETRY -> sql.retry();
                case SKIP -> sql.skip();
                case MARK_APPLIED -> sql.markApplied();
            };
        }
    }

    private final QueueName name;
    private final MigrationCatalog catalog;
    private final OperatorSql sql;
    private final EntryReader reader;

    Decisions(QueueName name, MigrationCatalog catalog) {
        this.name = name;
        this.catalog = catalog;
        this.sql = new OperatorSql(name);
        this.reader = new EntryReader(name);
    }

    /** For a migration that is applied but has no entry, one is made. */
    Done decide(Connection connection, String key, Wish wish, Decision decision) throws SQLException {
        var entry = reader.find(connection, key);
        if (entry.isEmpty() || isOvertaken(connection, entry.get())) {
            return addMissing(connection, key, wish, decision);
        }
        if (decision != Decision.SKIP) {
            requireApplied(entry.get(), wish);
        }
        if (decision == Decision.RETRY && entry.get().status() == EntryStatus.UNDONE) {
            return new Undo(name, catalog).again(connection, entry.get(), wish);
        }
        return change(connection, entry.get(), wish, decision);
    }

    /** Forgets where it would go on, too; after an undo there is nothing to forget. */
    Done restart(Connection connection, String key, Wish wish) throws SQLException {
        var entry = reader.require(connection, key);
        if (entry.status() == EntryStatus.UNDONE) {
            return decide(connection, key, wish, Decision.RETRY);
        }
        var done = change(connection, entry, wish, Decision.RETRY);
        Jdbc.update(connection, sql.dropCheckpoints(), done.entry());
        return done;
    }

    /**
     * The next migrate completes what the history does not list, and would undo what is decided now. A skip it leaves alone: it
     * adds a new entry, and where no build has the migration any more there is no other way to get rid of the old one.
     */
    private static void requireApplied(QueueEntry entry, Wish wish) {
        if (entry.standing() == Standing.NOT_APPLIED) {
            throw new AsyncMigrationException("cannot " + wish.action() + " " + entry.label()
                    + ": Flyway's history does not list it as applied. Run migrate first; or, when no build has its migration"
                    + " any more, `skip` it.");
        }
    }

    /** Whether the history lists another checksum of a repeatable migration, which was never queued. */
    private boolean isOvertaken(Connection connection, QueueEntry entry) throws SQLException {
        if (entry.identity().version() != null
                || !(entry.status().isFinished() || entry.standing() == Standing.SUPERSEDED)) {
            return false;
        }
        var others = catalog.migrations().stream()
                .filter(known -> known.key().equals(entry.key()))
                .filter(known ->
                        !Objects.equals(known.checksum(), entry.identity().checksum()))
                .toList();
        return !others.isEmpty()
                && others.stream().anyMatch(AppliedMigrations.read(connection, sql, List.of(entry.key()))::contains);
    }

    private Done change(Connection connection, QueueEntry entry, Wish wish, Decision decision) throws SQLException {
        var from = Jdbc.first(
                connection,
                decision.statement(sql),
                row -> row.getString(1),
                StoredText.words(wish.told()),
                entry.id());
        if (from.isEmpty()) {
            var now = reader.find(connection, entry.key()).orElse(entry).status();
            throw new AsyncMigrationException("cannot " + wish.action() + " " + entry.label() + ": it is " + now
                    + ", and only " + decision.from + " entries can be. "
                    + (now == EntryStatus.RUNNING ? "Wait until its run has ended, or `cancel` it." : ""));
        }
        if (decision == Decision.MARK_APPLIED && entry.identity().direction() == Direction.DOWN) {
            Undo.complete(connection, name, entry);
        }
        return new Done(entry.id(), EntryStatus.valueOf(from.get()), decision.to);
    }

    /** An async migration that the history lists as applied, but that was never queued or whose entry is gone. */
    private Done addMissing(Connection connection, String key, Wish wish, Decision decision) throws SQLException {
        var known = catalog.migrations().stream()
                .filter(migration -> EntryKeys.same(migration.key(), key))
                .findFirst()
                .orElseThrow(() -> new AsyncMigrationException(
                        "no entry and no async migration " + key + " in " + name + "; `list` shows the entries"));
        if (!AppliedMigrations.read(connection, sql, List.of(known.key())).contains(known)) {
            throw new AsyncMigrationException(
                    "no entry for " + known.key() + ", and Flyway's history does not list it as applied; run migrate");
        }
        new QueueSchema(name.schema()).ensure(connection);
        Jdbc.update(connection, new QueueSql(name).addLeaseRow(), name.historyTable());
        if (!JdbcEnqueuer.add(connection, name, known, new JdbcEnqueuer.Start(decision.to, wish.told(), true))) {
            throw new AsyncMigrationException("cannot " + wish.action() + " " + known.key()
                    + ": somebody else added its entry a moment ago. Look at it, and try again if need be.");
        }
        return new Done(reader.require(connection, known.key()).id(), null, decision.to);
    }
}

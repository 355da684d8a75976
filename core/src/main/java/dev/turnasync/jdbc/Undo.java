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
import org.jspecify.annotations.Nullable;

/**
 * Takes migrations back. Flyway's history is left alone, so {@code validate} holds for any version: the queue knows that the
 * migration is UNDONE, and {@code retry} queues it again. Only {@link #markHistory} tells Flyway, where that is safe.
 *
 * <ol>
 *   <li>An entry that never ran leaves the queue.
 *   <li>For one that SUCCEEDED an entry of direction DOWN is added. A worker runs it in turn, at the migration's own place.
 *   <li>When that one SUCCEEDED, the first one becomes UNDONE in the same transaction ({@link #complete}).
 * </ol>
 */
final class Undo {

    /** A row of Flyway's history, and the newest version that is applied after it. */
    private record Place(
            int rank, boolean applied, @Nullable String newer) {}

    private final QueueName name;
    private final UndoSql sql;
    private final MigrationCatalog catalog;
    private final EntryReader reader;

    Undo(QueueName name, MigrationCatalog catalog) {
        this.name = name;
        this.sql = new UndoSql(name);
        this.catalog = catalog;
        this.reader = new EntryReader(name);
    }

    /** Marks what a finished entry of direction DOWN took back; in the transaction that stores its end. */
    static void complete(Connection connection, QueueName name, QueueEntry entry) throws SQLException {
        if (entry.identity().direction() == Direction.DOWN) {
            Jdbc.update(connection, new UndoSql(name).complete(), entry.id());
        }
    }

    Done undo(Connection connection, QueueEntry wanted, Wish wish) throws SQLException {
        var entry = locked(connection, wanted);
        if (entry.standing() != Standing.APPLIED) {
            throw refused(entry, "Flyway's history does not list it as applied");
        }
        if (entry.identity().direction() == Direction.DOWN) {
            throw refused(entry, "it is being undone already: `skip` ends that");
        }
        var left = Jdbc.first(
                connection, sql.leaveQueue(), row -> row.getString(1), StoredText.words(wish.told()), entry.id());
        if (left.isPresent()) {
            return new Done(entry.id(), EntryStatus.valueOf(left.get()), EntryStatus.UNDONE);
        }
        requireUndoable(entry);
        new Sequences(name).prepareEntry(connection);
        return Jdbc.first(connection, sql.addDown(), row -> row.getLong(1), StoredText.words(wish.told()), entry.id())
                .map(down -> new Done(down, null, EntryStatus.QUEUED))
                .orElseThrow(() -> refused(entry, whyNot(entry)));
    }

    private static String whyNot(QueueEntry entry) {
        return entry.status() == EntryStatus.SUCCEEDED
                ? "somebody else changed it a moment ago"
                : "it is " + entry.status() + " after " + (entry.run() == null ? "no attempt" : "an attempt")
                        + ", and only SUCCEEDED entries, and QUEUED ones that never ran, can be";
    }

    /** The worker would find out as well, but later. */
    private void requireUndoable(QueueEntry entry) {
        var refuses = entry.status() == EntryStatus.SUCCEEDED
                && catalog.migrations().stream()
                        .filter(known -> EntryKeys.same(known.key(), entry.key()))
                        .anyMatch(known -> !known.terms().undoable());
        if (refuses) {
            throw refused(entry, "its class does not implement Undoable");
        }
    }

    /** Queues an UNDONE migration again. */
    Done again(Connection connection, QueueEntry wanted, Wish wish) throws SQLException {
        var entry = locked(connection, wanted);
        if (entry.standing() != Standing.APPLIED) {
            throw new AsyncMigrationException("cannot " + wish.action() + " " + entry.label()
                    + ": Flyway's history does not list it as applied any more. Run migrate, which queues it.");
        }
        new Sequences(name).prepareEntry(connection);
        return Jdbc.first(connection, sql.addAgain(), row -> row.getLong(1), StoredText.words(wish.told()), entry.id())
                .map(added -> new Done(added, null, EntryStatus.QUEUED))
                .orElseThrow(() -> new AsyncMigrationException("cannot " + wish.action() + " " + entry.label()
                        + ": somebody else queued it again a moment ago."));
    }

    /**
     * Writes a {@code DELETE} marker, so that the next {@code migrate} applies the migration anew. Under Flyway's own lock, and only
     * for the newest version: Flyway would refuse to apply an older one, and {@code validate} would fail.
     */
    Done markHistory(Connection connection, QueueEntry wanted) throws SQLException {
        var entry = locked(connection, wanted);
        if (entry.status() != EntryStatus.UNDONE) {
            throw new AsyncMigrationException(
                    "cannot mark " + entry.label() + " as taken back in Flyway's history: it is " + entry.status()
                            + ". Undo it first, and wait until it is UNDONE.");
        }
        if (!Jdbc.first(connection, sql.tryFlywayLock(), row -> row.getBoolean(1))
                .orElse(false)) {
            throw new AsyncMigrationException("cannot mark " + entry.label()
                    + " in Flyway's history: a migrate works on it now. Try again when it has ended.");
        }
        var place = Jdbc.first(
                        connection,
                        sql.place(),
                        row -> new Place(
                                row.getInt("installed_rank"), row.getBoolean("applied"), row.getString("newer")),
                        entry.key())
                .filter(Place::applied)
                .orElseThrow(() -> new AsyncMigrationException(
                        entry.label() + " is not applied in Flyway's history, or marked there already"));
        if (place.newer() != null) {
            throw new AsyncMigrationException("cannot mark " + entry.label() + " in Flyway's history: version "
                    + place.newer() + " is applied after it, so Flyway would refuse to apply it again and validate"
                    + " would fail. It stays UNDONE; `retry " + entry.key() + "` queues it again.");
        }
        Jdbc.update(connection, sql.addMarker(), place.rank());
        return new Done(entry.id(), EntryStatus.UNDONE, EntryStatus.UNDONE);
    }

    /** Lets one person at a time decide on a migration, and tells what counts for it now. */
    private QueueEntry locked(Connection connection, QueueEntry entry) throws SQLException {
        new RunRequests(name).lock(connection, entry.id());
        return reader.find(connection, entry.key()).orElse(entry);
    }

    private static AsyncMigrationException refused(QueueEntry entry, String why) {
        return new AsyncMigrationException("cannot undo " + entry.label() + ": " + why + ".");
    }
}

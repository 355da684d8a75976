package dev.turnasync.jdbc;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.Attempt;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.OperatorAction;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.api.QueueEntry.Direction;
import dev.turnasync.api.QueueEntry.Request;
import dev.turnasync.api.QueueEntry.Standing;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads the entries of one queue and what belongs to them. Needs only the right to read. */
final class EntryReader {

    /** That there is an entry; the checksum only of a repeatable migration, which is another one with another checksum. */
    record Queued(String key, @Nullable Integer checksum) {}

    private final QueueName name;
    private final EntrySql entries;
    private final OperatorSql operators;

    EntryReader(QueueName name) {
        this.name = name;
        this.entries = new EntrySql(name);
        this.operators = new OperatorSql(name);
    }

    /** Whether TurnAsync's tables are there; refuses those of a newer program. */
    boolean isPresent(Connection connection) throws SQLException {
        return new QueueSchema(name.schema()).verify(connection).version() > 0;
    }

    List<QueueEntry> all(Connection connection) throws SQLException {
        return isPresent(connection)
                ? Jdbc.list(connection, entries.allEntries(), EntryRow::entry, name.historyTable())
                : List.of();
    }

    /** Those that are not finished, and the last ones that are. */
    List<QueueEntry> recent(Connection connection, int finished) throws SQLException {
        var queue = name.historyTable();
        return isPresent(connection)
                ? Jdbc.list(connection, entries.recentEntries(), EntryRow::entry, queue, queue, queue, finished)
                : List.of();
    }

    Map<EntryStatus, Long> counts(Connection connection) throws SQLException {
        var counts = new EnumMap<EntryStatus, Long>(EntryStatus.class);
        if (isPresent(connection)) {
            Jdbc.list(
                    connection,
                    entries.counts(),
                    row -> counts.put(EntryStatus.valueOf(row.getString("status")), row.getLong("entries")),
                    name.historyTable());
        }
        return counts;
    }

    /** The entry that counts for a migration: an undo that is under way, or else the newest one that applies it. */
    Optional<QueueEntry> find(Connection connection, String wanted) throws SQLException {
        var newest = Comparator.comparing((QueueEntry entry) -> entry.identity().generation());
        return ofMigration(connection, wanted).stream()
                .filter(entry -> entry.identity().direction() == Direction.UP
                        || !(entry.status().isFinished() || entry.standing() == Standing.SUPERSEDED))
                .max(Comparator.comparing((QueueEntry entry) -> entry.identity().direction())
                        .thenComparing(newest));
    }

    QueueEntry require(Connection connection, String wanted) throws SQLException {
        return find(connection, wanted)
                .orElseThrow(() -> new AsyncMigrationException(
                        "no entry " + wanted + " in " + name + "; `list` shows the entries"));
    }

    QueueEntry byId(Connection connection, long id) throws SQLException {
        return Jdbc.first(connection, entries.entryById(), EntryRow::entry, name.historyTable(), id)
                .orElseThrow();
    }

    /** All entries of a migration, by whatever people call it. */
    private List<QueueEntry> ofMigration(Connection connection, String wanted) throws SQLException {
        if (!isPresent(connection) || !EntryKeys.isPossible(wanted)) {
            return List.of();
        }
        for (var key : new LinkedHashSet<>(List.of(wanted, EntryKeys.usual(wanted)))) {
            var found = byKey(connection, key);
            if (!found.isEmpty()) {
                return found;
            }
        }
        var keys = Jdbc.list(connection, entries.keys(), row -> row.getString(1), name.historyTable());
        var same = keys.stream().filter(key -> EntryKeys.same(key, wanted)).findFirst();
        return same.isPresent() ? byKey(connection, same.get()) : List.of();
    }

    private List<QueueEntry> byKey(Connection connection, String key) throws SQLException {
        return Jdbc.list(connection, entries.entriesByKey(), EntryRow::entry, name.historyTable(), key);
    }

    /** Which of these keys have an entry, finished or not. */
    List<Queued> queued(Connection connection, Collection<String> keys) throws SQLException {
        return isPresent(connection)
                ? Jdbc.list(
                        connection,
                        entries.queued(),
                        row -> new Queued(row.getString("entry_key"), row.getObject("checksum", Integer.class)),
                        name.historyTable(),
                        keys.toArray(String[]::new))
                : List.of();
    }

    List<Attempt> attempts(Connection connection, long entry) throws SQLException {
        return Jdbc.list(connection, operators.attempts(), EntryReader::attempt, entry);
    }

    List<Request> requests(Connection connection, long entry) throws SQLException {
        return Jdbc.list(
                connection,
                operators.requests(),
                row -> new Request(
                        row.getString("request"),
                        row.getString("reason"),
                        Jdbc.instant(row, "requested_at"),
                        Jdbc.instantOrNull(row, "expires_at")),
                entry);
    }

    /** What people did, the newest first; to all entries of one key or, for null, to any. */
    List<OperatorAction> actions(Connection connection, @Nullable String key, int most) throws SQLException {
        return isPresent(connection)
                ? Jdbc.list(connection, operators.actions(), EntryReader::action, name.historyTable(), key, most)
                : List.of();
    }

    private static OperatorAction action(ResultSet row) throws SQLException {
        var from = row.getString("from_status");
        return new OperatorAction(
                Jdbc.instant(row, "acted_at"),
                row.getString("entry_key"),
                QueueEntry.Identity.label(
                        row.getString("version"),
                        row.getString("description"),
                        Direction.valueOf(row.getString("direction"))),
                row.getString("action"),
                row.getString("actor"),
                row.getString("reason"),
                from == null ? null : EntryStatus.valueOf(from),
                EntryStatus.valueOf(row.getString("to_status")));
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
}

package dev.turnasync.jdbc;

import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.api.QueueEntry.Direction;
import dev.turnasync.api.QueueEntry.Standing;
import dev.turnasync.api.Readiness;
import dev.turnasync.api.Readiness.State;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Tells how far the queue is. Fails closed: what nobody can know is {@link State#UNKNOWN}. Since entries run strictly in order, a
 * migration is ready when Flyway's history lists it and no unfinished entry stands at its place or before it. For one question.
 */
final class Gate {

    /** What Flyway's history says of a migration, by its newest row. */
    private record Applied(
            int rank,
            String type,
            boolean success,
            @Nullable Integer checksum) {

        /** Whether an entry of this migration belongs at this row; a repeatable migration has one row for each checksum. */
        boolean isPlaceOf(QueueEntry entry) {
            return success
                    && !isWithdrawn()
                    && !isBaseline()
                    && (entry.identity().version() != null
                            || Objects.equals(checksum, entry.identity().checksum()));
        }

        boolean isBaseline() {
            return type.endsWith("BASELINE");
        }

        boolean isWithdrawn() {
            return type.equals("DELETE") || type.startsWith("UNDO");
        }

        /** Flyway itself ran it, whatever the queue says. */
        boolean isNoJava() {
            return !type.contains("JDBC");
        }
    }

    private final Connection connection;
    private final QueueName name;
    private final EntryReader reader;

    Gate(Connection connection, QueueName name) {
        this.connection = connection;
        this.name = name;
        this.reader = new EntryReader(name);
    }

    Readiness of(String key) throws SQLException {
        var applied = applied(key);
        if (applied.isEmpty()) {
            return isBaselined(key)
                    ? ofBaselined(key)
                    : answer(State.UNKNOWN, null, key + " is not in Flyway's history " + name);
        }
        var row = applied.get();
        if (row.isWithdrawn()) {
            return answer(State.UNKNOWN, null, key + " was taken back in Flyway's history " + name);
        }
        if (!row.success()) {
            return answer(State.BLOCKED, null, key + " failed in migrate");
        }
        var tables = reader.isPresent(connection);
        if (!tables && !row.isNoJava()) {
            return answer(
                    State.UNKNOWN,
                    null,
                    key + " is a Java migration, and there is no queue in schema " + name.schema());
        }
        var entry = reader.find(connection, key);
        if (entry.isPresent() && isUndone(entry.get())) {
            return answer(State.UNDONE, entry.get(), entry.get().label() + " is " + undoing(entry.get()));
        }
        return ofApplied(key, row, entry);
    }

    private Readiness ofApplied(String key, Applied row, Optional<QueueEntry> entry) throws SQLException {
        var unfinished = reader.recent(connection, 0);
        var before = unfinished.stream()
                .filter(open -> open.standing() == Standing.APPLIED)
                .filter(open -> open.installedRank() != null && open.installedRank() <= row.rank())
                .findFirst();
        if (before.isPresent()) {
            return waiting(before.get(), key);
        }
        var leftOut = entry.filter(Gate::isLeftOut);
        if (leftOut.isPresent() && row.isBaseline()) {
            return ofBaselined(key);
        }
        if (leftOut.isEmpty()) {
            leftOut = leftOutBefore(row, unfinished);
        }
        return leftOut.isPresent()
                ? unfinished(
                        leftOut.get(),
                        "Flyway's history does not list it behind that: migrate has not ended, or the history was numbered"
                                + " anew, which `check-queue --fix` mends")
                : answer(State.APPLIED, entry.orElse(null), applied(key, row, entry));
    }

    /** An entry that no worker runs, since in a history that was numbered anew its row lies before where it was queued. */
    private Optional<QueueEntry> leftOutBefore(Applied row, List<QueueEntry> unfinished) throws SQLException {
        for (var entry : unfinished) {
            if (isLeftOut(entry)) {
                var place = applied(entry.key()).filter(listed -> listed.isPlaceOf(entry));
                if (place.isPresent() && place.get().rank() <= row.rank()) {
                    return Optional.of(entry);
                }
            }
        }
        return Optional.empty();
    }

    /** A history that was baselined anew says nothing of what was queued before. */
    private Readiness ofBaselined(String key) throws SQLException {
        var entry = reader.find(connection, key);
        if (entry.isPresent() && isUndone(entry.get())) {
            return answer(State.UNDONE, entry.get(), entry.get().label() + " is " + undoing(entry.get()));
        }
        return entry.isPresent() && !entry.get().status().isFinished()
                ? unfinished(
                        entry.get(),
                        "a baseline stands for it in Flyway's history, so that no worker runs it: `skip` it when its work is"
                                + " done or not needed")
                : answer(State.APPLIED, entry.orElse(null), key + " is part of the baseline of " + name);
    }

    private Readiness unfinished(QueueEntry entry, String why) throws SQLException {
        return answer(
                holdsBack(entry) ? State.BLOCKED : State.PENDING,
                entry,
                entry.label() + " is " + entry.status() + ", and " + why);
    }

    Readiness ofAll() throws SQLException {
        if (!reader.isPresent(connection)) {
            return answer(State.UNKNOWN, null, "there is no queue in schema " + name.schema());
        }
        var open = open();
        if (!open.isEmpty()) {
            return waiting(open.get(0), "the queue");
        }
        var left = reader.recent(connection, 0).stream()
                .filter(entry -> entry.standing() == Standing.NOT_APPLIED)
                .findFirst();
        return left.isPresent()
                ? answer(State.PENDING, left.get(), left.get().label() + " is queued, and migrate has not ended")
                : answer(State.APPLIED, null, "everything queued in " + name + " is finished");
    }

    private boolean isBaselined(String key) throws SQLException {
        return EntryKeys.isPossible(key)
                && hasHistory()
                && RequiredMigrations.isBelowBaseline(connection, new OperatorSql(name), key);
    }

    private boolean hasHistory() throws SQLException {
        var history = name.quotedSchema() + "." + QueueName.quote(name.historyTable());
        return Jdbc.first(connection, "SELECT to_regclass(?) IS NOT NULL", row -> row.getBoolean(1), history)
                .orElse(false);
    }

    /** Unfinished entries that workers may run, in their order. */
    private List<QueueEntry> open() throws SQLException {
        return reader.recent(connection, 0).stream()
                .filter(entry -> entry.standing() == Standing.APPLIED)
                .toList();
    }

    private static boolean isLeftOut(QueueEntry entry) {
        return !entry.status().isFinished() && entry.standing() == Standing.NOT_APPLIED;
    }

    private static boolean isUndone(QueueEntry entry) {
        return entry.status() == EntryStatus.UNDONE || entry.identity().direction() == Direction.DOWN;
    }

    private static String undoing(QueueEntry entry) {
        return entry.status() + (entry.reason() == null ? "" : ": " + entry.reason());
    }

    private static String applied(String key, Applied row, Optional<QueueEntry> entry) {
        if (entry.isEmpty()) {
            return key + " is applied; it was not queued, so migrate ran it"
                    + (row.isNoJava() ? "" : ", unless its entry was lost: `check-queue --jar …` tells");
        }
        var reason = entry.get().reason();
        return entry.get().label() + " is " + entry.get().status() + (reason == null ? "" : ": " + reason);
    }

    private Readiness waiting(QueueEntry head, String key) throws SQLException {
        var message = key + " waits for " + head.label() + ", which is " + head.status()
                + (head.reason() == null ? "" : ": " + head.reason());
        return answer(holdsBack(head) ? State.BLOCKED : State.PENDING, head, message);
    }

    private static boolean holdsBack(QueueEntry entry) {
        return entry.status() == EntryStatus.FAILED || entry.status() == EntryStatus.PAUSED;
    }

    private Optional<Applied> applied(String key) throws SQLException {
        if (!EntryKeys.isPossible(key) || !hasHistory()) {
            return Optional.empty();
        }
        var sql = new OperatorSql(name);
        for (var wanted : List.of(key, EntryKeys.usual(key))) {
            var found = Jdbc.first(connection, sql.historyOf(), Gate::applied, wanted);
            if (found.isPresent()) {
                return found;
            }
        }
        var same = Jdbc.list(connection, sql.historyKeys(), row -> row.getString("key")).stream()
                .filter(known -> EntryKeys.same(known, key))
                .findFirst();
        return same.isPresent() ? Jdbc.first(connection, sql.historyOf(), Gate::applied, same.get()) : Optional.empty();
    }

    private static Applied applied(ResultSet row) throws SQLException {
        return new Applied(
                row.getInt("installed_rank"),
                row.getString("type"),
                row.getBoolean("success"),
                row.getObject("checksum", Integer.class));
    }

    private Readiness answer(State state, @Nullable QueueEntry entry, String message) throws SQLException {
        var now = Jdbc.first(connection, "SELECT clock_timestamp() AS now", row -> Jdbc.instant(row, "now"));
        return new Readiness(state, entry, message, now.orElse(Instant.EPOCH));
    }
}

package dev.turnasync.jdbc;

import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.api.QueueEntry.Direction;
import dev.turnasync.api.QueueEntry.Standing;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Migrations that must be finished before another one may run. Only reads. Stateless.
 *
 * <p>How it decides on one:
 *
 * <ol>
 *   <li>Its newest entry counts: SUCCEEDED and SKIPPED are finished, unless it is being undone.
 *   <li>Without an entry, Flyway's history counts: it must list the migration as applied, or a baseline at or above it.
 * </ol>
 */
public final class RequiredMigrations {

    private final QueueName name;
    private final List<String> keys;

    /**
     * Names the migrations.
     *
     * @param name which queue
     * @param keys versions, or {@code R__} and a description
     */
    public RequiredMigrations(QueueName name, List<String> keys) {
        this.name = name;
        this.keys = List.copyOf(keys);
    }

    /**
     * A migration that is not finished.
     *
     * @param text which one, its status and why it is in it
     * @param known whether the queue or the history knows it
     * @param hopeless whether it cannot be finished before a person acts
     */
    public record Unmet(String text, boolean known, boolean hopeless) {}

    /**
     * Finds the first migration that is not finished.
     *
     * @param connection a connection that is in no older snapshot of the database
     * @return the migration; empty when all are finished
     * @throws SQLException if the database cannot be read
     */
    public Optional<Unmet> unmet(Connection connection) throws SQLException {
        var sql = new OperatorSql(name);
        var reader = new EntryReader(name);
        var applied = AppliedMigrations.read(connection, sql, keys);
        for (var key : keys) {
            var entry = reader.find(connection, key);
            if (entry.isPresent()) {
                if (!isDone(entry.get())) {
                    return Optional.of(unfinished(entry.get(), reader.recent(connection, 0)));
                }
            } else if (!applied.contains(key) && !isBelowBaseline(connection, sql, key)) {
                return Optional.of(new Unmet(
                        key + " is not in the queue, and Flyway's history does not list it as applied", false, true));
            }
        }
        return Optional.empty();
    }

    private static boolean isDone(QueueEntry entry) {
        return entry.identity().direction() == Direction.UP
                && (entry.status() == EntryStatus.SUCCEEDED || entry.status() == EntryStatus.SKIPPED);
    }

    private static Unmet unfinished(QueueEntry entry, List<QueueEntry> entries) {
        var text = entry.identity().label() + " is " + entry.status() + reason(entry);
        if (holdsBack(entry)
                || entry.status() == EntryStatus.UNDONE
                || entry.identity().direction() == Direction.DOWN) {
            return new Unmet(text, true, true);
        }
        return entries.stream()
                .filter(other ->
                        other.standing() == Standing.APPLIED && !other.status().isFinished())
                .findFirst()
                .filter(RequiredMigrations::holdsBack)
                .map(head -> new Unmet(
                        text + ", and " + head.identity().label() + " before it is " + head.status() + reason(head),
                        true,
                        true))
                .orElseGet(() -> new Unmet(text, true, false));
    }

    private static boolean holdsBack(QueueEntry entry) {
        return entry.status() == EntryStatus.FAILED || entry.status() == EntryStatus.PAUSED;
    }

    private static String reason(QueueEntry entry) {
        return entry.reason() == null ? "" : " (" + entry.reason() + ")";
    }

    /** Whether a version is part of what Flyway found when it was baselined. */
    static boolean isBelowBaseline(Connection connection, OperatorSql sql, String key) throws SQLException {
        var version = key.toLowerCase(Locale.ROOT).replaceFirst("^v", "").replace('_', '.');
        return version.matches("\\d+(\\.\\d+)*")
                && Jdbc.first(connection, sql.baselineFrom(), row -> true, version)
                        .isPresent();
    }
}

package dev.turnasync.jdbc;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.jdbc.RunRequests.Request;
import dev.turnasync.jdbc.Wish.Done;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Pause, resume, cancel and throttle. An entry that runs is asked by a request, which its worker obeys; another one is changed at
 * once. Both under a lock on the entry's row.
 */
final class Holds {

    private static final Duration LONGEST = Duration.ofDays(3_650);
    private static final String PAUSE = "PAUSE";
    private static final String CANCEL = "CANCEL";
    private static final String THROTTLE = "THROTTLE";

    private final RunRequests requests;
    private final OperatorSql sql;

    Holds(QueueName name) {
        this.requests = new RunRequests(name);
        this.sql = new OperatorSql(name);
    }

    Done pause(Connection connection, QueueEntry entry, Wish wish) throws SQLException {
        var status = locked(connection, entry);
        if (status == EntryStatus.RUNNING) {
            requests.ask(connection, entry.id(), new Request(PAUSE, wish.told(), null));
            return new Done(entry.id(), EntryStatus.RUNNING, EntryStatus.RUNNING);
        }
        return changed(connection, sql.pause(), entry, wish.told())
                .orElseThrow(
                        () -> refused("pause", entry, status, "QUEUED, RUNNING, RETRYABLE and FAILED entries can be"));
    }

    Done resume(Connection connection, QueueEntry entry, Wish wish) throws SQLException {
        var status = locked(connection, entry);
        if (status == EntryStatus.RUNNING && requests.withdraw(connection, entry.id(), PAUSE)) {
            return new Done(entry.id(), EntryStatus.RUNNING, EntryStatus.RUNNING);
        }
        return changed(connection, sql.resume(), entry, wish.told())
                .orElseThrow(
                        () -> refused("resume", entry, status, "PAUSED entries, and those asked to pause, can be"));
    }

    Done cancel(Connection connection, QueueEntry entry, Wish wish) throws SQLException {
        var status = locked(connection, entry);
        if (status != EntryStatus.RUNNING) {
            throw refused("cancel", entry, status, "RUNNING entries can be; pause or skip the others");
        }
        requests.ask(connection, entry.id(), new Request(CANCEL, wish.told(), null));
        return new Done(entry.id(), EntryStatus.RUNNING, EntryStatus.RUNNING);
    }

    Done throttle(Connection connection, QueueEntry entry, Wish wish, Duration time) throws SQLException {
        if (time.compareTo(LONGEST) > 0) {
            throw new AsyncMigrationException("a throttle lasts at most " + LONGEST.toDays() + " days");
        }
        var status = locked(connection, entry);
        if (status.isFinished()) {
            throw refused("throttle", entry, status, "entries that are not finished can be");
        }
        if (time.isZero() || time.isNegative()) {
            requests.withdraw(connection, entry.id(), THROTTLE);
        } else {
            requests.ask(connection, entry.id(), new Request(THROTTLE, wish.told(), time.toMillis()));
        }
        return new Done(entry.id(), status, status);
    }

    private EntryStatus locked(Connection connection, QueueEntry entry) throws SQLException {
        return requests.lock(connection, entry.id()).map(EntryStatus::valueOf).orElse(entry.status());
    }

    private static Optional<Done> changed(Connection connection, String text, QueueEntry entry, @Nullable String told)
            throws SQLException {
        return Jdbc.first(
                connection,
                text,
                row -> new Done(
                        entry.id(), EntryStatus.valueOf(row.getString(1)), EntryStatus.valueOf(row.getString(2))),
                StoredText.words(told),
                entry.id());
    }

    /** Says the status under the lock; the entry may have been read before somebody changed it. */
    private static AsyncMigrationException refused(String action, QueueEntry entry, EntryStatus status, String which) {
        return new AsyncMigrationException(
                "cannot " + action + " " + entry.label() + ": it is " + status + ", and only " + which + ".");
    }
}

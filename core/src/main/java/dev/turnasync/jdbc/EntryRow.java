package dev.turnasync.jdbc;

import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.api.QueueEntry.Direction;
import dev.turnasync.api.QueueEntry.Identity;
import dev.turnasync.api.QueueEntry.Progress;
import dev.turnasync.api.QueueEntry.Run;
import dev.turnasync.api.QueueEntry.Standing;
import dev.turnasync.api.QueueEntry.Tries;
import dev.turnasync.api.QueueEntry.Waiting;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * An entry as read by one of {@link QueueSql}'s entry statements.
 *
 * @param entry the entry
 * @param notDue whether its next attempt lies in the future, by the database's clock
 * @param closed whether its window is closed
 */
record EntryRow(QueueEntry entry, boolean notDue, boolean closed) {

    static EntryRow map(ResultSet row) throws SQLException {
        return new EntryRow(entry(row), row.getBoolean("not_due"), row.getBoolean("closed"));
    }

    static QueueEntry entry(ResultSet row) throws SQLException {
        return new QueueEntry(
                row.getLong("id"),
                identity(row),
                EntryStatus.valueOf(row.getString("status")),
                Standing.valueOf(row.getString("standing")),
                row.getObject("installed_rank", Integer.class),
                row.getString("reason"),
                Jdbc.instant(row, "status_since"),
                new Tries(
                        row.getInt("failed_attempts"),
                        row.getObject("max_attempts", Integer.class),
                        row.getInt("worker_deaths"),
                        Jdbc.instantOrNull(row, "next_attempt_at"),
                        row.getString("run_window")),
                run(row),
                progress(row));
    }

    private static Progress progress(ResultSet row) throws SQLException {
        var waiting = row.getString("progress_waiting");
        return new Progress(
                row.getObject("progress_done", Long.class),
                row.getObject("progress_total", Long.class),
                row.getObject("progress_rate", Double.class),
                row.getString("progress_phase"),
                waiting == null
                        ? null
                        : new Waiting(
                                waiting,
                                Jdbc.instantOrNull(row, "progress_waiting_since"),
                                row.getObject("progress_utilisation", Double.class)));
    }

    /** The history's description goes before the entry's: {@code repair} brings it up to date after a migration was renamed. */
    private static Identity identity(ResultSet row) throws SQLException {
        var description = row.getString("history_description");
        return new Identity(
                row.getString("entry_key"),
                row.getString("version"),
                description == null ? row.getString("description") : description,
                row.getObject("checksum", Integer.class),
                row.getString("script"),
                row.getInt("generation"),
                Direction.valueOf(row.getString("direction")),
                Jdbc.instant(row, "queued_at"));
    }

    private static @Nullable Run run(ResultSet row) throws SQLException {
        var startedAt = Jdbc.instantOrNull(row, "started_at");
        if (startedAt == null) {
            return null;
        }
        return new Run(
                row.getInt("attempt"),
                row.getString("worker"),
                row.getObject("token", Long.class),
                startedAt,
                Jdbc.instantOrNull(row, "finished_at"));
    }
}

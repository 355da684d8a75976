package dev.turnasync.jdbc;

import dev.turnasync.api.AsyncMigrationException.NeverReturned;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.api.QueueReport.Kind;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Looks at runs: whether each still has a worker and a session, whether it is heard of, and whether an earlier one hangs in its worker.
 * For one check.
 */
final class RunCheck {

    /** A run that is heard of neither by its session nor by its word. */
    private record Silence(Duration lasted) {}

    /** A run whose thread is still in its worker. */
    private record Hung(int attempt, String worker) {}

    private final Connection connection;
    private final QueueName name;
    private final Duration patience;
    private final Findings findings;

    RunCheck(Connection connection, QueueName name, Duration patience, Findings findings) {
        this.connection = connection;
        this.name = name;
        this.patience = patience;
        this.findings = findings;
    }

    void run(List<QueueEntry> entries, LeaseView lease) throws SQLException {
        for (var entry : entries) {
            var run = entry.run();
            if (run == null || entry.status().isFinished()) {
                continue;
            }
            if (entry.status() == EntryStatus.RUNNING && run.token() != null) {
                checkRunning(entry, lease);
            } else {
                checkHung(entry);
            }
        }
    }

    private void checkRunning(QueueEntry entry, LeaseView lease) throws SQLException {
        var worker = entry.run() == null ? null : entry.run().worker();
        if (!lease.live()) {
            findings.problem(
                    Kind.LEASE_EXPIRED,
                    entry,
                    "is marked RUNNING, but worker " + worker + " no longer renews its lease",
                    "the next worker takes it over by itself; `check-queue --fix` takes it back now, and `drain` runs it");
            return;
        }
        var token = Jdbc.first(connection, new QueueSql(name).tokenOfRun(), QueueSql::token, entry.id());
        if (token.isEmpty()) {
            return; // it has just ended
        }
        var label = SessionLabel.of(name, token.get());
        if (!Backends.exists(connection, label)) {
            findings.notice(
                    Kind.SESSION_GONE,
                    entry,
                    "runs under a live lease of " + worker + ", but its database session cannot be seen",
                    "nothing to do: the worker gives it up within a lease, and a dead one's lease runs out");
            return;
        }
        silence(entry, label)
                .ifPresent(silence -> findings.problem(
                        Kind.SILENT,
                        entry,
                        "runs on worker " + worker + ", but for "
                                + silence.lasted().toMinutes()
                                + " min its session has been idle, and it has stored no checkpoint and no progress: it may call"
                                + " another system, or hang",
                        "ask what it does there; when it hangs, `cancel " + entry.key()
                                + " --reason …` ends it without its help"));
    }

    /** How long a session has been idle without a word of its run. What another role's session does may be hidden, and then is not judged. */
    private Optional<Silence> silence(QueueEntry entry, String label) throws SQLException {
        return Jdbc.first(
                        connection,
                        """
                        SELECT EXTRACT(EPOCH FROM clock_timestamp() - GREATEST(s.idle_since, g.saved_at, c.saved_at)) AS seconds
                        FROM (
                            SELECT max(a.state_change) AS idle_since
                            FROM pg_stat_activity a
                            WHERE a.application_name = ? AND a.datname = current_database() AND a.pid <> pg_backend_pid()
                            HAVING bool_and(a.state LIKE 'idle%')) AS s
                        LEFT JOIN ${schema}.async_schema_progress g ON g.entry_id = ?
                        CROSS JOIN (
                            SELECT max(k.saved_at) AS saved_at
                            FROM ${schema}.async_schema_checkpoints k
                            WHERE k.entry_id = ?) AS c""".replace("${schema}", name.quotedSchema()),
                        row -> Duration.ofSeconds((long) row.getDouble("seconds")),
                        label,
                        entry.id(),
                        entry.id())
                .filter(lasted -> lasted.compareTo(patience) >= 0)
                .map(Silence::new);
    }

    /** One that was settled without its end, as long as no other attempt was made. */
    private void checkHung(QueueEntry entry) throws SQLException {
        Jdbc.first(
                        connection,
                        """
                        SELECT a.attempt, a.worker
                        FROM ${schema}.async_schema_migrations m
                        JOIN ${schema}.async_schema_attempts a ON a.entry_id = m.id AND a.attempt = m.attempt
                        WHERE m.id = ? AND a.error_class = ? AND a.outcome <> 'LOST'""".replace("${schema}", name.quotedSchema()),
                        row -> new Hung(row.getInt("attempt"), row.getString("worker")),
                        entry.id(),
                        NeverReturned.class.getName())
                .ifPresent(hung -> findings.problem(
                        Kind.HUNG,
                        entry,
                        "did not return in attempt " + hung.attempt()
                                + " and was settled without its end; its thread keeps worker " + hung.worker()
                                + " from running anything",
                        "restart that worker's process, unless it was restarted since; `show " + entry.key()
                                + "` tells where its thread was"));
    }
}

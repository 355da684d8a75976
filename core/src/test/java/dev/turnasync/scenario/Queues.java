package dev.turnasync.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.QueueReport;
import dev.turnasync.api.QueueReport.Finding;
import dev.turnasync.api.QueueReport.Kind;
import dev.turnasync.database.TestDatabase;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.jspecify.annotations.Nullable;

/** Brings a queue into situations, and looks at all of it. */
final class Queues {

    private Queues() {}

    /** A migration whose attempts fail for good. */
    static Script wrong(String version) {
        return Script.async(version, context -> {
            throw new SQLException("wrong on purpose", "42601");
        });
    }

    /** The build's Flyway without the queue: async migrations run in migrate. */
    static Flyway inline(Deployment build) {
        return copy(build)
                .configuration(Map.of("flyway.turnasync.mode", "inline"))
                .load();
    }

    /** The build's Flyway as it notes migrations in the history and runs none. */
    static Flyway skipping(Deployment build) {
        return copy(build).skipExecutingMigrations(true).load();
    }

    private static FluentConfiguration copy(Deployment build) {
        return Flyway.configure().configuration(build.flyway().getConfiguration());
    }

    /** Puts the newest entry of a migration into a status, RUNNING by a worker that holds no lease. */
    static void force(TestDatabase database, String key, EntryStatus status) {
        database.query("""
                UPDATE async_schema_migrations
                SET came_from = w.came_from, status = w.status, reason = 'forced by a test',
                    worker = CASE WHEN w.status = 'RUNNING' THEN 'ghost' END,
                    token = CASE WHEN w.status = 'RUNNING' THEN 1 END,
                    next_attempt_at = CASE WHEN w.status = 'RETRYABLE' THEN clock_timestamp() + INTERVAL '1 hour' END,
                    finished_at = CASE WHEN w.status IN ('SUCCEEDED', 'SKIPPED', 'UNDONE') THEN clock_timestamp() END,
                    started_at = clock_timestamp(), attempt = 1
                FROM (VALUES (CAST(? AS TEXT), CAST(? AS TEXT))) AS w (status, came_from)
                WHERE entry_key = ?
                RETURNING id""", status.name(), cameFrom(status), key);
    }

    private static @Nullable String cameFrom(EntryStatus status) {
        return switch (status) {
            case QUEUED -> null;
            case RUNNING, SKIPPED, PAUSED, UNDONE -> "QUEUED";
            case RETRYABLE, FAILED, SUCCEEDED -> "RUNNING";
        };
    }

    /** Marks an entry RUNNING by a worker that died. */
    static void abandon(TestDatabase database, String key) {
        force(database, key, EntryStatus.RUNNING);
        database.execute("""
                UPDATE async_schema_lease
                SET token = 1, worker = 'ghost', lease_until = clock_timestamp() + INTERVAL '1 hour';
                INSERT INTO async_schema_attempts (entry_id, attempt, worker, token)
                SELECT id, attempt, worker, token FROM async_schema_migrations WHERE status = 'RUNNING'""");
    }

    /** Lets all that an entry waits for lie two hours further back. */
    static void age(TestDatabase database) {
        database.execute("""
                UPDATE async_schema_migrations
                SET status_since = status_since - INTERVAL '2 hours', queued_at = queued_at - INTERVAL '2 hours',
                    next_attempt_at = next_attempt_at - INTERVAL '2 hours'""");
    }

    /** All rows of all tables of TurnAsync and of Flyway, with the transaction that last wrote each. */
    static List<List<Map<String, @Nullable Object>>> everything(TestDatabase database) {
        return database.column("SELECT tablename::TEXT FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").stream()
                .map(table -> database.query("SELECT xmin::TEXT AS written_by, t.* FROM " + table + " t ORDER BY 2"))
                .toList();
    }

    /** The one finding of a kind. */
    static Finding finding(QueueReport report, Kind kind) {
        assertThat(report.findings())
                .filteredOn(finding -> finding.kind() == kind)
                .hasSize(1);
        return report.findings().stream()
                .filter(finding -> finding.kind() == kind)
                .findFirst()
                .orElseThrow();
    }

    static List<Kind> kinds(QueueReport report) {
        return report.findings().stream().map(Finding::kind).toList();
    }

    /** Lets somebody else be quicker: writes when an action has looked at the queue and is about to write to it. */
    static void beforeItWrites(Deployment build, Runnable action, String sql) throws SQLException {
        try (var other = build.database().dataSource().getConnection();
                var statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("LOCK TABLE async_schema_migrations IN SHARE MODE");
            var later = CompletableFuture.runAsync(action);
            await().until(() -> later.isDone() || !build.database().column("""
                            SELECT pid FROM pg_locks
                            WHERE NOT granted AND relation = 'async_schema_migrations'::REGCLASS""").isEmpty());
            statement.execute(sql);
            other.commit();
            assertThatThrownBy(later::join).hasRootCauseInstanceOf(AsyncMigrationException.class);
        }
    }

    /** SQL that adds an entry like the first one of {@code source}. */
    static String another(String source, String key, String direction, int generation) {
        return """
                INSERT INTO async_schema_migrations
                    (history_table, entry_key, version, description, checksum, script, reason, direction, after_rank, generation)
                SELECT history_table, entry_key, version, description, checksum, script, 'somebody was quicker', '%s', after_rank, %d
                FROM %s
                WHERE entry_key = '%s' AND generation = 1""".formatted(direction, generation, source, key);
    }
}

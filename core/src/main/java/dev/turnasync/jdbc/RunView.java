package dev.turnasync.jdbc;

import dev.turnasync.api.QueueEntry.Progress;
import dev.turnasync.spi.Claim;
import dev.turnasync.spi.Observation;
import dev.turnasync.spi.Observation.Wish;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** What can be seen of a run from outside, and what is shown of it. */
final class RunView {

    private final String schema;

    RunView(QueueName name) {
        this.schema = name.quotedSchema();
    }

    /**
     * Looks at a run: what is asked of it, the index build of its session, and who blocks it. Asking who blocks takes locks of the
     * lock manager, so it is asked only of a session that waits.
     */
    Observation observe(Connection connection, Claim claim, String label) throws SQLException {
        return Jdbc.first(
                        connection,
                        complete("""
                        SELECT
                            (SELECT min(r.request) FROM ${schema}.async_schema_requests r
                                WHERE r.entry_id = w.entry_id AND r.request IN ('PAUSE', 'CANCEL')) AS wish,
                            i.phase, i.done, i.total, b.blocked_by,
                            EXISTS (
                                SELECT 1
                                FROM ${schema}.async_schema_attempts t
                                WHERE t.entry_id = w.entry_id AND t.holder = w.holder AND t.outcome = 'RUNNING'
                                    AND t.backend_pid IS NOT NULL
                                    AND NOT EXISTS (SELECT 1 FROM pg_stat_activity a WHERE a.pid = t.backend_pid)) AS gone
                        FROM (VALUES (CAST(? AS BIGINT), CAST(? AS UUID), CAST(? AS TEXT))) AS w (entry_id, holder, label)
                        LEFT JOIN LATERAL (
                            SELECT format('%s %s: %s', lower(p.command), p.index_relid::regclass, p.phase) AS phase,
                                GREATEST(p.blocks_done, p.tuples_done) AS done,
                                GREATEST(p.blocks_total, p.tuples_total) AS total
                            FROM pg_stat_activity a
                            JOIN pg_stat_progress_create_index p ON p.pid = a.pid
                            WHERE a.application_name = w.label AND a.datname = current_database()
                            LIMIT 1) AS i ON TRUE
                        LEFT JOIN LATERAL (
                            SELECT string_agg(DISTINCT format('pid %s (%s, %s, %s, since %s: %s)', o.pid,
                                COALESCE(o.usename, o.backend_type), COALESCE(NULLIF(o.application_name, ''), 'no name'),
                                COALESCE(o.state, 'no state'), to_char(o.xact_start, 'HH24:MI:SS'), left(o.query, 100)), '; ')
                                AS blocked_by
                            FROM pg_stat_activity a
                            CROSS JOIN LATERAL unnest(pg_blocking_pids(a.pid)) AS x (pid)
                            JOIN pg_stat_activity o ON o.pid = x.pid
                            WHERE a.application_name = w.label AND a.datname = current_database()
                                AND a.wait_event_type = 'Lock') AS b ON TRUE"""),
                        RunView::observation,
                        claim.entry().id(),
                        claim.token().holder(),
                        label)
                .orElse(Observation.NONE);
    }

    private static Observation observation(ResultSet row) throws SQLException {
        var wish = row.getString("wish");
        return new Observation(
                wish == null ? Wish.NONE : Wish.valueOf(wish),
                build(row),
                row.getBoolean("gone"),
                row.getString("blocked_by"));
    }

    private static @Nullable Progress build(ResultSet row) throws SQLException {
        var phase = row.getString("phase");
        if (phase == null) {
            return null;
        }
        var total = row.getLong("total");
        return new Progress(total > 0 ? row.getLong("done") : null, total > 0 ? total : null, null, phase, null);
    }

    boolean save(Connection connection, Claim claim, Progress progress) throws SQLException {
        var waiting = progress.waiting();
        return Jdbc.update(
                        connection,
                        saveProgress(),
                        claim.entry().id(),
                        claim.attempt(),
                        progress.done(),
                        progress.total(),
                        progress.rate(),
                        StoredText.words(progress.phase()),
                        StoredText.words(waiting == null ? null : waiting.reason()),
                        waiting == null ? null : waiting.utilisation(),
                        claim.token().holder())
                == 1;
    }

    /**
     * entry_id, attempt, done, total, rate, phase, waiting, utilisation, holder: the last word of a run may come after its end,
     * but not after the next run's first.
     */
    private String saveProgress() {
        return complete("""
                INSERT INTO ${schema}.async_schema_progress AS g
                    (entry_id, attempt, done, total, rate, phase, waiting, utilisation, waiting_since)
                SELECT w.entry_id, w.attempt, w.done, w.total, w.rate, w.phase, w.waiting, w.utilisation,
                    CASE WHEN w.waiting IS NOT NULL THEN clock_timestamp() END
                FROM (VALUES (CAST(? AS BIGINT), CAST(? AS INTEGER), CAST(? AS BIGINT), CAST(? AS BIGINT),
                        CAST(? AS DOUBLE PRECISION), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS DOUBLE PRECISION)))
                    AS w (entry_id, attempt, done, total, rate, phase, waiting, utilisation)
                JOIN ${schema}.async_schema_migrations m ON m.id = w.entry_id AND m.holder = ?
                ON CONFLICT (entry_id)
                    DO UPDATE SET attempt = EXCLUDED.attempt, done = EXCLUDED.done, total = EXCLUDED.total,
                        rate = EXCLUDED.rate, phase = EXCLUDED.phase, waiting = EXCLUDED.waiting,
                        utilisation = EXCLUDED.utilisation,
                        waiting_since = CASE WHEN EXCLUDED.waiting IS NOT NULL
                            THEN COALESCE(g.waiting_since, EXCLUDED.waiting_since) END,
                        saved_at = clock_timestamp()
                    WHERE g.attempt <= EXCLUDED.attempt""");
    }

    private String complete(String sql) {
        return sql.replace("${schema}", schema);
    }
}

package dev.turnasync.jdbc;

import dev.turnasync.spi.LeaseToken;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.UUID;

/** The statements of leases, runs and checkpoints, completed for one queue. */
final class QueueSql {

    private final String schema;

    QueueSql(QueueName name) {
        this.schema = name.quotedSchema();
    }

    /** history_table. A row that was lost comes back with another holder, and a token beyond all that may have been given. */
    String addLeaseRow() {
        return complete("""
                INSERT INTO ${schema}.async_schema_lease (history_table, token)
                SELECT w.history_table, COALESCE((
                    SELECT max(a.token) + 1000000
                    FROM ${schema}.async_schema_attempts a
                    JOIN ${schema}.async_schema_migrations m ON m.id = a.entry_id
                    WHERE m.history_table = w.history_table), 0)
                FROM (VALUES (CAST(? AS TEXT))) AS w (history_table)
                WHERE NOT EXISTS (
                    SELECT 1
                    FROM ${schema}.async_schema_lease l
                    WHERE l.history_table = w.history_table)
                ON CONFLICT DO NOTHING""");
    }

    /** worker, milliseconds, history_table → token and holder, when the lease is free; never waits. */
    String takeLease() {
        return complete("""
                UPDATE ${schema}.async_schema_lease
                SET token = token + 1, holder = gen_random_uuid(), worker = ?, renewed_at = clock_timestamp(),
                    lease_until = clock_timestamp() + CAST(? AS BIGINT) * INTERVAL '1 millisecond'
                WHERE history_table = (
                    SELECT l.history_table
                    FROM ${schema}.async_schema_lease l
                    WHERE l.history_table = ? AND (l.worker IS NULL OR l.lease_until < clock_timestamp())
                    FOR UPDATE SKIP LOCKED)
                RETURNING token, holder""");
    }

    /** milliseconds, history_table, token, holder. */
    String renewLease() {
        return complete("""
                UPDATE ${schema}.async_schema_lease
                SET renewed_at = clock_timestamp(),
                    lease_until = clock_timestamp() + CAST(? AS BIGINT) * INTERVAL '1 millisecond'
                WHERE history_table = ? AND token = ? AND holder = ?""");
    }

    /** history_table, token, holder. */
    String releaseLease() {
        return complete("""
                UPDATE ${schema}.async_schema_lease
                SET worker = NULL, lease_until = NULL
                WHERE history_table = ? AND token = ? AND holder = ?""");
    }

    /** history_table → the lease, whether it is live, and whether it ran out or was released. */
    String readLease() {
        return complete("""
                SELECT worker, token, holder, lease_until, renewed_at, setback,
                    COALESCE(lease_until >= clock_timestamp(), FALSE) AS live,
                    COALESCE(lease_until < clock_timestamp(), TRUE) AS expired
                FROM ${schema}.async_schema_lease
                WHERE history_table = ?""");
    }

    /**
     * history_table, token, holder, entry_id, attempt, holder, entry_id → as {@link #fence} while the attempt runs, and what is
     * asked of it.
     */
    String fenceOfRun() {
        return complete("""
                SELECT l.token, r.asked, r.held_by, txid_current() AS transaction
                FROM (
                    SELECT token
                    FROM ${schema}.async_schema_lease
                    WHERE history_table = ? AND token = ? AND holder = ?
                    FOR KEY SHARE) AS l
                CROSS JOIN (
                    SELECT id
                    FROM ${schema}.async_schema_migrations
                    WHERE id = ? AND attempt = ? AND holder = ? AND status = 'RUNNING') AS m
                CROSS JOIN (
                    SELECT min(request) FILTER (WHERE request IN ('PAUSE', 'CANCEL')) AS asked,
                        min(reason || ' until ' || to_char(expires_at, 'YYYY-MM-DD HH24:MI:SS TZ'))
                            FILTER (WHERE request = 'THROTTLE' AND expires_at > clock_timestamp()) AS held_by
                    FROM ${schema}.async_schema_requests
                    WHERE entry_id = ?) AS r""");
    }

    /** history_table, token, holder → a row while the token is valid, which then stays valid until this transaction ends. */
    String fence() {
        return complete("""
                SELECT token
                FROM ${schema}.async_schema_lease
                WHERE history_table = ? AND token = ? AND holder = ?
                FOR KEY SHARE""");
    }

    /**
     * what, history_table, token, holder, entry_id, attempt → notes that a lease was lost to a database that went back: the count
     * was given again, or the claim is not there.
     */
    String markSetback() {
        return complete("""
                UPDATE ${schema}.async_schema_lease l
                SET setback = w.what
                FROM (VALUES (CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS UUID), CAST(? AS BIGINT),
                            CAST(? AS INTEGER)))
                        AS w (what, history_table, token, holder, entry_id, attempt)
                WHERE l.history_table = w.history_table
                    AND (l.token <= w.token AND l.holder <> w.holder OR w.entry_id IS NOT NULL AND NOT EXISTS (
                        SELECT 1
                        FROM ${schema}.async_schema_attempts a
                        WHERE a.entry_id = w.entry_id AND a.attempt = w.attempt AND a.holder = w.holder))""");
    }

    /** id → the token and holder that an entry runs under. */
    String tokenOfRun() {
        return complete("""
                SELECT token, holder
                FROM ${schema}.async_schema_migrations
                WHERE id = ? AND status = 'RUNNING'""");
    }

    /** worker, token, holder, id → attempt. */
    String claim() {
        return complete("""
                UPDATE ${schema}.async_schema_migrations
                SET came_from = status, status = 'RUNNING', status_since = clock_timestamp(), reason = NULL,
                    worker = ?, token = ?, holder = ?, attempt = attempt + 1, next_attempt_at = NULL,
                    started_at = clock_timestamp()
                WHERE id = ? AND status IN ('QUEUED', 'RETRYABLE')
                RETURNING attempt""");
    }

    /** entry_id, attempt, worker, token, holder. */
    String addAttempt() {
        return complete("""
                INSERT INTO ${schema}.async_schema_attempts (entry_id, attempt, worker, token, holder)
                VALUES (?, ?, ?, ?, ?)""");
    }

    /** entry_id, attempt, token, holder. */
    String noteSession() {
        return complete("""
                UPDATE ${schema}.async_schema_attempts
                SET backend_pid = pg_backend_pid(), backend_start = (
                    SELECT a.backend_start FROM pg_stat_activity a WHERE a.pid = pg_backend_pid())
                WHERE entry_id = ? AND attempt = ? AND token = ? AND holder = ?""");
    }

    /** status, reason, milliseconds, whether it counts as a failed attempt, id, token, holder → the guarded end of a run. */
    String settle() {
        return complete("""
                UPDATE ${schema}.async_schema_migrations m
                SET came_from = m.status, status = w.status, status_since = clock_timestamp(), reason = w.reason,
                    next_attempt_at = clock_timestamp() + w.delay * INTERVAL '1 millisecond',
                    failed_attempts = m.failed_attempts + CASE WHEN w.counts THEN 1 ELSE 0 END,
                    worker_deaths = 0, worker = NULL, token = NULL,
                    finished_at = CASE WHEN w.status = 'SUCCEEDED' THEN clock_timestamp() END
                FROM (VALUES (CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS BOOLEAN)))
                    AS w (status, reason, delay, counts)
                WHERE m.id = ? AND m.status = 'RUNNING' AND m.token = ? AND m.holder = ?
                    AND w.status IN ('SUCCEEDED', 'RETRYABLE', 'FAILED', 'QUEUED', 'PAUSED')""");
    }

    /** outcome, error_class, error_message, sqlstate, stack_trace, warning, entry_id, attempt. */
    String closeAttempt() {
        return complete("""
                UPDATE ${schema}.async_schema_attempts
                SET outcome = ?, error_class = ?, error_message = ?, sqlstate = ?, stack_trace = ?, warning = ?,
                    finished_at = clock_timestamp()
                WHERE entry_id = ? AND attempt = ? AND outcome = 'RUNNING'""");
    }

    /** entry_id, attempt, token, holder, outcome → a row when this settlement was stored before and its answer was lost. */
    String settledAlready() {
        return complete("""
                SELECT 1
                FROM ${schema}.async_schema_attempts
                WHERE entry_id = ? AND attempt = ? AND token = ? AND holder = ? AND outcome = ?""");
    }

    /** history_table, token, holder → entries that another lease left RUNNING. */
    String lostEntries() {
        return complete("""
                SELECT id, attempt, token, holder, worker
                FROM ${schema}.async_schema_migrations
                WHERE history_table = ? AND status = 'RUNNING' AND (token <> ? OR holder <> ?)
                ORDER BY id""");
    }

    /**
     * reason, reason, max deaths, asked status, asked reason, id, token, holder → QUEUED again, or what an operator asked for,
     * or FAILED after too many deaths without a checkpoint.
     */
    String recoverLost() {
        return complete("""
                UPDATE ${schema}.async_schema_migrations m
                SET came_from = m.status, status_since = clock_timestamp(),
                    status = CASE WHEN d.deaths > w.max_deaths THEN 'FAILED' ELSE COALESCE(w.asked, 'QUEUED') END,
                    reason = CASE WHEN d.deaths > w.max_deaths THEN w.failed_reason
                        ELSE COALESCE(w.asked_reason, w.queued_reason) END,
                    worker_deaths = d.deaths, worker = NULL, token = NULL
                FROM (VALUES (CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS INTEGER), CAST(? AS TEXT), CAST(? AS TEXT),
                            CAST(? AS BIGINT)))
                        AS w (queued_reason, failed_reason, max_deaths, asked, asked_reason, id)
                    CROSS JOIN LATERAL (
                        SELECT CASE WHEN EXISTS (
                            SELECT 1 FROM ${schema}.async_schema_checkpoints c
                            WHERE c.entry_id = q.id AND c.token = q.token AND c.holder = q.holder)
                                THEN 1 ELSE q.worker_deaths + 1 END AS deaths
                        FROM ${schema}.async_schema_migrations q
                        WHERE q.id = w.id) AS d
                WHERE m.id = w.id AND m.status = 'RUNNING' AND m.token = ? AND m.holder = ?
                    AND COALESCE(w.asked, 'QUEUED') IN ('QUEUED', 'PAUSED', 'FAILED')""");
    }

    /** entry_id → name, value. */
    String checkpoints() {
        return complete("""
                SELECT name, value
                FROM ${schema}.async_schema_checkpoints
                WHERE entry_id = ?""");
    }

    /** entry_id, name, value, token, holder → a checkpoint that was not there. */
    String addCheckpoint() {
        return complete("""
                INSERT INTO ${schema}.async_schema_checkpoints (entry_id, name, value, token, holder)
                VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (entry_id, name) DO NOTHING""");
    }

    /** value, token, holder, entry_id, name, the value before → moves a checkpoint on from where the run left it. */
    String moveCheckpoint() {
        return complete("""
                UPDATE ${schema}.async_schema_checkpoints
                SET value = ?, token = ?, holder = ?, saved_at = clock_timestamp()
                WHERE entry_id = ? AND name = ? AND value = ?""");
    }

    /** The columns token and holder of a row. */
    static LeaseToken token(ResultSet row) throws SQLException {
        return new LeaseToken(row.getLong("token"), row.getObject("holder", UUID.class));
    }

    private String complete(String sql) {
        return sql.replace("${schema}", schema);
    }
}

package dev.turnasync.jdbc;

/** The statements of operators and of the check, completed for one queue. */
final class OperatorSql {

    private final String schema;
    private final String history;

    OperatorSql(QueueName name) {
        this.schema = name.quotedSchema();
        this.history = schema + "." + QueueName.quote(name.historyTable());
    }

    /** reason, id → QUEUED again with all its attempts, the former status. */
    String retry() {
        return complete("""
                UPDATE ${schema}.async_schema_migrations m
                SET came_from = m.status, status = 'QUEUED', status_since = clock_timestamp(), reason = ?,
                    failed_attempts = 0, worker_deaths = 0, next_attempt_at = NULL
                WHERE m.id = ? AND m.status IN ('FAILED', 'RETRYABLE')
                RETURNING m.came_from""");
    }

    /** reason, id → SKIPPED, the former status. */
    String skip() {
        return complete("""
                UPDATE ${schema}.async_schema_migrations m
                SET came_from = m.status, status = 'SKIPPED', status_since = clock_timestamp(), reason = ?,
                    next_attempt_at = NULL, finished_at = clock_timestamp()
                WHERE m.id = ? AND m.status IN ('QUEUED', 'RETRYABLE', 'FAILED', 'PAUSED')
                RETURNING m.came_from""");
    }

    /** reason, id → SUCCEEDED without a run, the former status. */
    String markApplied() {
        return complete("""
                UPDATE ${schema}.async_schema_migrations m
                SET came_from = m.status, status = 'SUCCEEDED', status_since = clock_timestamp(), reason = ?,
                    next_attempt_at = NULL, finished_at = clock_timestamp()
                WHERE m.id = ? AND m.status IN ('QUEUED', 'RETRYABLE', 'FAILED', 'PAUSED')
                RETURNING m.came_from""");
    }

    /** id → forgets where an entry would go on. */
    String dropCheckpoints() {
        return complete("""
                DELETE FROM ${schema}.async_schema_checkpoints
                WHERE entry_id = ?""");
    }

    /** reason, id → PAUSED, the former status and the new one. */
    String pause() {
        return complete("""
                UPDATE ${schema}.async_schema_migrations m
                SET came_from = m.status, status = 'PAUSED', status_since = clock_timestamp(), reason = ?,
                    next_attempt_at = NULL
                WHERE m.id = ? AND m.status IN ('QUEUED', 'RETRYABLE', 'FAILED')
                RETURNING m.came_from, m.status""");
    }

    /** reason, id → what it was before the pause, a run being queued again; the former status and the new one. */
    String resume() {
        return complete("""
                UPDATE ${schema}.async_schema_migrations m
                SET came_from = m.status, status_since = clock_timestamp(), reason = ?,
                    status = CASE WHEN m.came_from IN ('RETRYABLE', 'FAILED') THEN m.came_from ELSE 'QUEUED' END,
                    next_attempt_at = CASE WHEN m.came_from = 'RETRYABLE' THEN clock_timestamp() END
                WHERE m.id = ? AND m.status = 'PAUSED'
                RETURNING m.came_from, m.status""");
    }

    /** entry_id, action, actor, reason, from_status, to_status. */
    String addAction() {
        return complete("""
                INSERT INTO ${schema}.async_schema_actions (entry_id, action, actor, reason, from_status, to_status)
                VALUES (?, ?, ?, ?, ?, ?)""");
    }

    /** entry_id → its attempts. */
    String attempts() {
        return complete("""
                SELECT attempt, worker, token, started_at, finished_at, outcome, error_class, error_message, sqlstate,
                    stack_trace, warning
                FROM ${schema}.async_schema_attempts
                WHERE entry_id = ?
                ORDER BY attempt""");
    }

    /** entry_id → what was asked and not obeyed yet. */
    String requests() {
        return complete("""
                SELECT request, reason, requested_at, expires_at
                FROM ${schema}.async_schema_requests
                WHERE entry_id = ? AND (expires_at IS NULL OR expires_at > clock_timestamp())
                ORDER BY requested_at, request""");
    }

    /** history_table, key or null for all, how many → what people did, the newest first. */
    String actions() {
        return complete("""
                SELECT a.acted_at, a.action, a.actor, a.reason, a.from_status, a.to_status, m.entry_key, m.version,
                    m.description, m.direction
                FROM ${schema}.async_schema_actions a
                JOIN ${schema}.async_schema_migrations m ON m.id = a.entry_id
                WHERE m.history_table = ? AND m.entry_key = COALESCE(CAST(? AS TEXT), m.entry_key)
                ORDER BY a.id DESC
                LIMIT ?""");
    }

    /** key → its newest history row. */
    String historyOf() {
        return complete("""
                SELECT h.installed_rank, h.type, h.success, h.checksum
                FROM ${history} h
                WHERE COALESCE(h.version, 'R__' || h.description) = ?
                ORDER BY h.installed_rank DESC
                LIMIT 1""");
    }

    /** Each key of the history once. */
    String historyKeys() {
        return complete("""
                SELECT DISTINCT COALESCE(version, 'R__' || description) AS key
                FROM ${history}""");
    }

    /** keys → the newest history row of each migration: its key, whether it stands as applied, and its checksum. */
    String applied() {
        return complete("""
                SELECT key, checksum, applied
                FROM (
                    SELECT DISTINCT ON (key) key, checksum, installed_rank,
                        success AND type <> 'DELETE' AND type NOT LIKE 'UNDO%' AS applied
                    FROM (
                        SELECT COALESCE(version, 'R__' || description) AS key, checksum, success, type, installed_rank
                        FROM ${history}) AS h
                    WHERE key = ANY (?)
                    ORDER BY key, installed_rank DESC) AS newest
                ORDER BY installed_rank""");
    }

    /** version → one row when a baseline stands for it. */
    String baselineFrom() {
        return complete("""
                SELECT h.version
                FROM ${history} h
                WHERE h.success AND h.type LIKE '%BASELINE' AND h.version ~ '^[0-9]+([.][0-9]+)*$'
                    AND CAST(string_to_array(h.version, '.') AS NUMERIC[]) >= CAST(string_to_array(?, '.') AS NUMERIC[])
                LIMIT 1""");
    }

    /**
     * schema → indexes that a concurrent build left invalid and that nobody is building now. A session that may not see the
     * details of others' builds takes one on the same table for it.
     */
    String invalidIndexes() {
        return """
                SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name, t.relname AS table_name
                FROM pg_index i
                JOIN pg_class c ON c.oid = i.indexrelid
                JOIN pg_class t ON t.oid = i.indrelid
                JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE NOT i.indisvalid AND n.nspname = ? AND c.relkind = 'i'
                    AND NOT EXISTS (
                        SELECT 1
                        FROM pg_stat_progress_create_index p
                        WHERE p.datname = current_database()
                            AND (p.index_relid = i.indexrelid OR COALESCE(p.index_relid, 0) = 0 AND EXISTS (
                                SELECT 1
                                FROM pg_locks l
                                WHERE l.pid = p.pid AND l.relation = i.indrelid AND l.granted
                                    AND l.mode = 'ShareUpdateExclusiveLock')))
                ORDER BY 1""";
    }

    private String complete(String sql) {
        return sql.replace("${schema}", schema).replace("${history}", history);
    }
}

package dev.turnasync.jdbc;

/** The statements that take migrations back, completed for one queue. */
final class UndoSql {

    private final String schema;
    private final String history;

    UndoSql(QueueName name) {
        this.schema = name.quotedSchema();
        this.history = schema + "." + QueueName.quote(name.historyTable());
    }

    /** reason, id → UNDONE, the former status, when it never ran. */
    String leaveQueue() {
        return complete("""
                UPDATE ${schema}.async_schema_migrations m
                SET came_from = m.status, status = 'UNDONE', status_since = clock_timestamp(), reason = ?,
                    finished_at = clock_timestamp()
                WHERE m.id = ? AND m.status = 'QUEUED' AND m.attempt = 0 AND m.direction = 'UP'
                RETURNING m.came_from""");
    }

    /** reason, id → the id of a new entry that takes back one that SUCCEEDED. Its place in the queue is the migration's. */
    String addDown() {
        return copy("DOWN", "SUCCEEDED");
    }

    /** reason, id → the id of a new entry that applies an UNDONE one again. */
    String addAgain() {
        return copy("UP", "UNDONE");
    }

    /** Adds nothing when somebody else was quicker; who is just as quick meets the unique generation. */
    private String copy(String direction, String from) {
        return complete("""
                INSERT INTO ${schema}.async_schema_migrations
                    (history_table, entry_key, version, description, checksum, script, max_attempts, run_window, status,
                     reason, direction, after_rank, generation)
                SELECT u.history_table, u.entry_key, u.version, u.description, u.checksum, u.script, u.max_attempts,
                    u.run_window, 'QUEUED', ?, '${direction}', (
                        SELECT max(h.installed_rank)
                        FROM ${history} h
                        WHERE COALESCE(h.version, 'R__' || h.description) = u.entry_key) - 1, (
                        SELECT max(n.generation)
                        FROM ${schema}.async_schema_migrations n
                        WHERE n.history_table = u.history_table AND n.entry_key = u.entry_key) + 1
                FROM ${schema}.async_schema_migrations u
                WHERE u.id = ? AND u.status = '${from}' AND u.direction = 'UP'
                    AND NOT EXISTS (
                        SELECT 1
                        FROM ${schema}.async_schema_migrations n
                        WHERE n.history_table = u.history_table AND n.entry_key = u.entry_key AND n.generation > u.generation
                            AND (n.direction = 'UP' OR n.status NOT IN ('SUCCEEDED', 'SKIPPED', 'UNDONE')))
                RETURNING id""".replace("${direction}", direction).replace("${from}", from));
    }

    /** id of an entry of direction DOWN that SUCCEEDED → the one that it took back is UNDONE. */
    String complete() {
        return complete("""
                UPDATE ${schema}.async_schema_migrations u
                SET came_from = u.status, status = 'UNDONE', status_since = clock_timestamp(),
                    reason = COALESCE((
                        SELECT a.action || ' by ' || a.actor || ': ' || a.reason
                        FROM ${schema}.async_schema_actions a
                        WHERE a.entry_id = d.id AND a.action = 'undo'
                        ORDER BY a.id DESC
                        LIMIT 1), 'undone')
                FROM ${schema}.async_schema_migrations d
                WHERE d.id = ? AND d.direction = 'DOWN' AND d.status = 'SUCCEEDED'
                    AND u.history_table = d.history_table AND u.entry_key = d.entry_key AND u.direction = 'UP'
                    AND u.status = 'SUCCEEDED' AND u.generation = (
                        SELECT max(n.generation)
                        FROM ${schema}.async_schema_migrations n
                        WHERE n.history_table = u.history_table AND n.entry_key = u.entry_key AND n.direction = 'UP'
                            AND n.generation < d.generation)""");
    }

    /**
     * Tries to take the lock under which Flyway writes this history. Its number is computed as in Flyway's
     * {@code PostgreSQLAdvisoryLockTemplate}.
     */
    String tryFlywayLock() {
        return "SELECT pg_try_advisory_xact_lock(" + (77_431_708_279_161L + (long) history.hashCode()) + ")";
    }

    /** key → the newest history row of a migration: rank, whether it is applied, and the newest version, if that is another. */
    String place() {
        return complete("""
                SELECT h.installed_rank, h.success AND h.type <> 'DELETE' AND h.type NOT LIKE 'UNDO%' AS applied, (
                    SELECT o.version
                    FROM ${history} o
                    WHERE o.version IS NOT NULL AND h.version IS NOT NULL AND o.success
                        AND o.type <> 'DELETE' AND o.type NOT LIKE 'UNDO%'
                        AND string_to_array(o.version, '.')::NUMERIC[] > string_to_array(h.version, '.')::NUMERIC[]
                        AND NOT EXISTS (
                            SELECT 1
                            FROM ${history} t
                            WHERE t.version = o.version AND t.installed_rank > o.installed_rank AND t.type = 'DELETE')
                    ORDER BY string_to_array(o.version, '.')::NUMERIC[] DESC
                    LIMIT 1) AS newer
                FROM ${history} h
                WHERE COALESCE(h.version, 'R__' || h.description) = ?
                ORDER BY h.installed_rank DESC
                LIMIT 1""");
    }

    /** rank of the row to be taken back → the marker that {@code flyway repair} writes for a migration that is gone. */
    String addMarker() {
        return complete("""
                INSERT INTO ${history}
                    (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success)
                SELECT (SELECT max(r.installed_rank) FROM ${history} r) + 1, h.version, h.description, 'DELETE', h.script,
                    h.checksum, current_user, 0, TRUE
                FROM ${history} h
                WHERE h.installed_rank = ?""");
    }

    private String complete(String sql) {
        return sql.replace("${schema}", schema).replace("${history}", history);
    }
}

package dev.turnasync.jdbc;

/** The statements that mend a queue, completed for one queue. */
final class FixSql {

    private final String schema;
    private final String history;

    FixSql(QueueName name) {
        this.schema = name.quotedSchema();
        this.history = schema + "." + QueueName.quote(name.historyTable());
    }

    /** history_table → the worker whose lease was renewed in the future; it ends now. A worker that lives renews it again. */
    String endFutureLease() {
        return complete("""
                UPDATE ${schema}.async_schema_lease
                SET lease_until = clock_timestamp() - INTERVAL '1 millisecond', renewed_at = clock_timestamp()
                WHERE history_table = ? AND worker IS NOT NULL AND renewed_at > clock_timestamp() + INTERVAL '1 minute'
                RETURNING worker""");
    }

    /** history_table → who lost a lease to a database that went back; forgotten now. */
    String forgetSetback() {
        return complete("""
                UPDATE ${schema}.async_schema_lease l
                SET setback = NULL
                FROM ${schema}.async_schema_lease b
                WHERE l.history_table = ? AND b.history_table = l.history_table AND b.setback IS NOT NULL
                RETURNING b.setback""");
    }

    /** history_table. */
    String dropRequests() {
        return complete("""
                DELETE FROM ${schema}.async_schema_requests r
                USING ${schema}.async_schema_migrations m
                WHERE m.id = r.entry_id AND m.history_table = ? AND m.status <> 'RUNNING'
                    AND r.request IN ('PAUSE', 'CANCEL')""");
    }

    /** history_table. */
    String closeAttempts() {
        return complete("""
                UPDATE ${schema}.async_schema_attempts a
                SET outcome = 'LOST', finished_at = clock_timestamp()
                FROM ${schema}.async_schema_migrations m
                WHERE m.id = a.entry_id AND m.history_table = ? AND a.outcome = 'RUNNING'
                    AND (m.status <> 'RUNNING' OR m.attempt <> a.attempt)""");
    }

    /** history_table → finds entries again whose rows lie before where they were queued: in a history that was numbered anew. */
    String findAgain() {
        return complete("""
                UPDATE ${schema}.async_schema_migrations m
                SET after_rank = h.installed_rank - 1
                FROM ${history} h
                WHERE m.history_table = ? AND m.status NOT IN ('SUCCEEDED', 'SKIPPED', 'UNDONE')
                    AND COALESCE(h.version, 'R__' || h.description) = m.entry_key AND h.installed_rank <= m.after_rank
                    AND h.success AND h.type <> 'DELETE' AND h.type NOT LIKE 'UNDO%' AND h.type NOT LIKE '%BASELINE'
                    AND (m.version IS NOT NULL OR m.checksum IS NOT DISTINCT FROM h.checksum)
                    AND NOT EXISTS (
                        SELECT 1
                        FROM ${history} l
                        WHERE l.installed_rank > h.installed_rank
                            AND COALESCE(l.version, 'R__' || l.description) = m.entry_key)""");
    }

    /** history_table → entries that run under a lease that ran out. */
    String gone() {
        return complete("""
                SELECT m.entry_key, m.worker
                FROM ${schema}.async_schema_migrations m
                JOIN ${schema}.async_schema_lease l ON l.history_table = m.history_table
                WHERE m.history_table = ? AND m.status = 'RUNNING'
                    AND COALESCE(l.lease_until < clock_timestamp(), TRUE)
                ORDER BY m.id""");
    }

    private String complete(String sql) {
        return sql.replace("${schema}", schema).replace("${history}", history);
    }
}

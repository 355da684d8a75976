package dev.turnasync.jdbc;

/** The statements that mend a queue, completed for one queue. */
final class FixSql {

    private final String schema;

    FixSql(QueueName name) {
        this.schema = name.quotedSchema();
    }

    /** history_table → the worker whose lease was renewed in the future; it ends now. A worker that lives renews it again. */
    String endFutureLease() {
        return complete("""
                UPDATE ${schema}.async_schema_lease
                SET lease_until = clock_timestamp() - INTERVAL '1 millisecond', renewed_at = clock_timestamp()
                WHERE history_table = ? AND worker IS NOT NULL AND renewed_at > clock_timestamp() + INTERVAL '1 minute'
                RETURNING worker""");
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
        return sql.replace("${schema}", schema);
    }
}

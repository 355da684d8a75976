package dev.turnasync.jdbc;

/** The statements that find the head of a queue, completed for one queue. */
final class HeadSql {

    private static final String HEAD = """
            SELECT ${c}, c.installed_rank, c.history_description, 'APPLIED' AS standing, c.next_attempt_at > clock_timestamp() AS not_due,
                w.opens_at IS NOT NULL AS closed, GREATEST(c.next_attempt_at, w.opens_at) AS due_at, ${g}
            FROM (
                SELECT ${q}, h.installed_rank, h.description AS history_description
                FROM (
                    SELECT r.installed_rank, r.description, r.type, r.success, r.checksum,
                        COALESCE(r.version, 'R__' || r.description) AS entry_key
                    FROM ${history} r
                    WHERE r.installed_rank > (
                        SELECT min(o.after_rank)
                        FROM ${schema}.async_schema_migrations o
                        WHERE o.history_table = ? AND o.status NOT IN ('SUCCEEDED', 'SKIPPED', 'UNDONE'))
                    ORDER BY r.installed_rank
                    OFFSET 0) AS h
                CROSS JOIN LATERAL (
                    SELECT ${e}
                    FROM ${schema}.async_schema_migrations e
                    WHERE e.history_table = ? AND e.entry_key = h.entry_key
                        AND e.status NOT IN ('SUCCEEDED', 'SKIPPED', 'UNDONE')
                        AND (e.version IS NOT NULL OR e.checksum IS NOT DISTINCT FROM h.checksum)
                        AND NOT EXISTS (
                            SELECT 1
                            FROM ${schema}.async_schema_migrations n
                            WHERE n.history_table = e.history_table AND n.entry_key = e.entry_key
                                AND n.generation > e.generation AND n.direction = e.direction
                                AND (n.version IS NOT NULL OR n.checksum IS NOT DISTINCT FROM e.checksum))
                    OFFSET 0) AS q
                WHERE h.success AND h.type <> 'DELETE' AND h.type NOT LIKE 'UNDO%'
                ORDER BY h.installed_rank, q.id
                OFFSET 0) AS c
            CROSS JOIN LATERAL (${window}) AS w
            LEFT JOIN ${schema}.async_schema_progress g ON g.entry_id = c.id
            WHERE NOT EXISTS (
                SELECT 1
                FROM ${history} l
                WHERE l.installed_rank > c.installed_rank AND COALESCE(l.version, 'R__' || l.description) = c.entry_key)
            ORDER BY c.installed_rank, c.id
            LIMIT 1""";

    /** When the window of c opens next; null while it is open, and for an entry without one. */
    private static final String WINDOW = """
            SELECT CASE
                    WHEN p.opens = p.closes
                        OR p.opens < p.closes AND p.local_time >= p.opens AND p.local_time < p.closes
                        OR p.opens > p.closes AND (p.local_time >= p.opens OR p.local_time < p.closes) THEN NULL
                    ELSE (p.local_date + CASE WHEN p.local_time < p.opens THEN 0 ELSE 1 END + p.opens) AT TIME ZONE p.zone
                END AS opens_at
            FROM (${parts}) AS p""";

    /** When the window of c last opened; null for one that is open all day, and for an entry without one. */
    private static final String OPENED = """
            SELECT CASE WHEN p.opens <> p.closes
                    THEN (p.local_date - CASE WHEN p.local_time < p.opens THEN 1 ELSE 0 END + p.opens) AT TIME ZONE p.zone
                END AS opened_at
            FROM (${parts}) AS p""";

    /** Begin and end of the window of c, and what time it is in its zone. */
    private static final String PARTS = """
                SELECT CAST(substr(c.run_window, 1, 5) AS TIME) AS opens, CAST(substr(c.run_window, 7, 5) AS TIME) AS closes,
                    CAST(z.local AS DATE) AS local_date, CAST(z.local AS TIME) AS local_time, z.zone
                FROM (
                    SELECT split_part(c.run_window, ' ', 2) AS zone,
                        clock_timestamp() AT TIME ZONE split_part(c.run_window, ' ', 2) AS local) AS z""";

    private final EntrySql sql;

    HeadSql(QueueName name) {
        this.sql = new EntrySql(name);
    }

    /**
     * history_table, history_table → the first unfinished applied entry. Walks the history in its order from where the oldest
     * unfinished entry was queued, so that finished entries cost nothing; OFFSET 0 keeps the planner to that walk, whatever it
     * believes of tables it has no statistics for.
     */
    String head() {
        return sql.complete(HEAD.replace("${window}", WINDOW.replace("${parts}", PARTS)));
    }

    /** A window → when it last opened, by the database's clock; null for one that is open all day. */
    String openedAt() {
        return """
                SELECT w.opened_at
                FROM (VALUES (CAST(? AS TEXT))) AS c (run_window)
                CROSS JOIN LATERAL (""" + OPENED.replace("${parts}", PARTS) + ") AS w";
    }

    /**
     * history_table, history_table, history_table → the head, and in how many milliseconds it is due and its queue's lease has run
     * out. One statement, and so one moment.
     */
    String headAndLease() {
        return "SELECT head.*, " + sql.complete("""
                CAST(ceil(EXTRACT(EPOCH FROM (
                    GREATEST(l.lease_until, head.due_at) - clock_timestamp())) * 1000) AS BIGINT) AS free_in_ms
                FROM (""") + head() + sql.complete("""
                ) AS head
                LEFT JOIN ${schema}.async_schema_lease l ON l.history_table = ?""");
    }
}

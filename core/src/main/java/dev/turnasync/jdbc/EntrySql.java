package dev.turnasync.jdbc;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The statements that read, add and retire entries by what Flyway's history says, completed for one queue. */
final class EntrySql {

    private static final List<String> COLUMNS = List.of(
            "id",
            "history_table",
            "entry_key",
            "generation",
            "version",
            "description",
            "checksum",
            "script",
            "status",
            "reason",
            "status_since",
            "max_attempts",
            "failed_attempts",
            "worker_deaths",
            "next_attempt_at",
            "attempt",
            "worker",
            "token",
            "queued_at",
            "started_at",
            "finished_at");

    private static final List<String> PROGRESS =
            List.of("done", "total", "rate", "phase", "waiting", "waiting_since", "utilisation");

    /**
     * The entries that a filter picks, each with its rank and standing in Flyway's history: the newest history row of the
     * migration decides. For a repeatable migration the checksums must agree, since its key is the same for every version.
     */
    private static final String STANDING = """
            WITH picked AS (
                SELECT ${q}
                FROM ${schema}.async_schema_migrations q
                WHERE q.history_table = ? AND ${filter}
            ), newest AS (
                SELECT DISTINCT ON (p.id) p.id, h.installed_rank, h.type, h.success, h.checksum, h.description
                FROM picked p
                JOIN ${history} h ON COALESCE(h.version, 'R__' || h.description) = p.entry_key
                ORDER BY p.id, h.installed_rank DESC
            ), entries AS (
                SELECT ${p}, h.installed_rank, h.description AS history_description, ${g},
                    CASE
                        WHEN h.id IS NULL OR NOT h.success THEN 'NOT_APPLIED'
                        WHEN h.type = 'DELETE' OR h.type LIKE 'UNDO%' THEN 'WITHDRAWN'
                        WHEN EXISTS (
                            SELECT 1
                            FROM ${schema}.async_schema_migrations n
                            WHERE n.history_table = p.history_table AND n.entry_key = p.entry_key
                                AND n.generation > p.generation
                                AND (n.version IS NOT NULL OR n.checksum IS NOT DISTINCT FROM h.checksum)
                        ) THEN 'SUPERSEDED'
                        WHEN p.version IS NULL AND p.checksum IS DISTINCT FROM h.checksum THEN 'NOT_APPLIED'
                        ELSE 'APPLIED'
                    END AS standing
                FROM picked p
                LEFT JOIN newest h ON h.id = p.id
                LEFT JOIN ${schema}.async_schema_progress g ON g.entry_id = p.id
            )
            """;

    private static final String HEAD = """
            SELECT ${c}, c.installed_rank, c.history_description, 'APPLIED' AS standing, c.next_attempt_at > clock_timestamp() AS not_due,
                ${g}
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
                                AND n.generation > e.generation
                                AND (n.version IS NOT NULL OR n.checksum IS NOT DISTINCT FROM e.checksum))
                    OFFSET 0) AS q
                WHERE h.success AND h.type <> 'DELETE' AND h.type NOT LIKE 'UNDO%'
                ORDER BY h.installed_rank, q.id
                OFFSET 0) AS c
            LEFT JOIN ${schema}.async_schema_progress g ON g.entry_id = c.id
            WHERE NOT EXISTS (
                SELECT 1
                FROM ${history} l
                WHERE l.installed_rank > c.installed_rank AND COALESCE(l.version, 'R__' || l.description) = c.entry_key)
            ORDER BY c.installed_rank, c.id
            LIMIT 1""";

    private static final String OPEN = "q.status NOT IN ('SUCCEEDED', 'SKIPPED', 'UNDONE')";

    private final String schema;
    private final String history;

    EntrySql(QueueName name) {
        this.schema = name.quotedSchema();
        this.history = schema + "." + QueueName.quote(name.historyTable());
    }

    /** history_table → every entry. */
    String allEntries() {
        return entries("TRUE", "ORDER BY installed_rank NULLS LAST, generation, id");
    }

    /**
     * history_table, history_table → the first unfinished applied entry. Walks the history in its order from where the oldest
     * unfinished entry was queued, so that finished entries cost nothing; OFFSET 0 keeps the planner to that walk, whatever it
     * believes of tables it has no statistics for.
     */
    String head() {
        return complete(HEAD);
    }

    /**
     * history_table, history_table, history_table → the head, and in how many milliseconds it is due and its queue's lease has run
     * out. One statement, and so one moment.
     */
    String headAndLease() {
        return "SELECT head.*, " + complete("""
                CAST(ceil(EXTRACT(EPOCH FROM (
                    GREATEST(l.lease_until, head.next_attempt_at) - clock_timestamp())) * 1000) AS BIGINT) AS free_in_ms
                FROM (""") + head() + complete("""
                ) AS head
                LEFT JOIN ${schema}.async_schema_lease l ON l.history_table = ?""");
    }

    /** history_table, id → one entry. */
    String entryById() {
        return entries("q.id = ?", "");
    }

    /** history_table, key → the newest entry of a migration. */
    String entryByKey() {
        return entries("q.entry_key = ?", "ORDER BY generation DESC LIMIT 1");
    }

    /** history_table, key, description, checksum, script, max_attempts → brings an orphan up to date. */
    String reuseEntry() {
        return withFilter(STANDING + """
                        UPDATE ${schema}.async_schema_migrations m
                        SET description = w.description, checksum = w.checksum, script = w.script,
                            max_attempts = w.max_attempts, queued_at = clock_timestamp(),
                            after_rank = COALESCE((SELECT max(r.installed_rank) FROM ${history} r), 0)
                        FROM (VALUES (CAST(? AS TEXT), CAST(? AS INTEGER), CAST(? AS TEXT), CAST(? AS INTEGER)))
                            AS w (description, checksum, script, max_attempts), entries e
                        WHERE m.id = e.id AND e.standing <> 'APPLIED' AND e.attempt = 0
                            AND e.status IN ('QUEUED', 'PAUSED')
                            AND e.generation = (
                                SELECT max(n.generation)
                                FROM ${schema}.async_schema_migrations n
                                WHERE n.history_table = e.history_table AND n.entry_key = e.entry_key)""", "q.entry_key = ?");
    }

    /** history_table, key, version, description, checksum, script, max_attempts, status, reason, applied → a new generation. */
    String addEntry() {
        return complete("""
                INSERT INTO ${schema}.async_schema_migrations
                    (history_table, entry_key, version, description, checksum, script, max_attempts, status, reason,
                     finished_at, after_rank, generation)
                SELECT w.history_table, w.entry_key, w.version, w.description, w.checksum, w.script, w.max_attempts,
                    w.status, w.reason, CASE WHEN w.status = 'SKIPPED' THEN clock_timestamp() END,
                    CASE WHEN w.applied THEN 0
                        ELSE COALESCE((SELECT max(r.installed_rank) FROM ${history} r), 0) END,
                    COALESCE((
                        SELECT max(n.generation)
                        FROM ${schema}.async_schema_migrations n
                        WHERE n.history_table = w.history_table AND n.entry_key = w.entry_key), 0) + 1
                FROM (VALUES (CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS INTEGER),
                        CAST(? AS TEXT), CAST(? AS INTEGER), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS BOOLEAN)))
                    AS w (history_table, entry_key, version, description, checksum, script, max_attempts, status,
                        reason, applied)""");
    }

    /**
     * history_table → marks repeatable entries whose place a newer one took. Begins at the few that have a second generation: joining
     * each entry with its newer ones costs a tenth of a second at a thousand entries without statistics.
     */
    String skipSuperseded() {
        return withFilter(STANDING + """
                        UPDATE ${schema}.async_schema_migrations m
                        SET came_from = m.status, status = 'SKIPPED', status_since = clock_timestamp(),
                            finished_at = clock_timestamp(), next_attempt_at = NULL,
                            reason = 'a newer entry of this migration took its place'
                        FROM entries e
                        WHERE m.id = e.id AND e.standing = 'SUPERSEDED'
                            AND m.status IN ('QUEUED', 'RETRYABLE', 'FAILED', 'PAUSED')""", OPEN + """
                         AND (q.history_table, q.entry_key) IN (
                            SELECT n.history_table, n.entry_key
                            FROM ${schema}.async_schema_migrations n
                            WHERE n.generation > 1)""");
    }

    private String entries(String filter, String tail) {
        return withFilter(
                STANDING
                        + "SELECT ${e}, e.installed_rank, e.history_description, e.standing, ${ge},\n    e.next_attempt_at > clock_timestamp() AS not_due\nFROM entries e\n"
                        + tail,
                filter);
    }

    private String withFilter(String sql, String filter) {
        return complete(sql.replace("${filter}", filter));
    }

    private String complete(String sql) {
        return Stream.of("q", "p", "c", "e")
                .reduce(sql, (text, alias) -> text.replace("${" + alias + "}", columns(alias)))
                .replace("${g}", progress("g.%1$s AS progress_%1$s"))
                .replace("${ge}", progress("e.progress_%s"))
                .replace("${schema}", schema)
                .replace("${history}", history);
    }

    private static String progress(String form) {
        return PROGRESS.stream().map(form::formatted).collect(Collectors.joining(", "));
    }

    /** Never all columns: a newer program may add one while this one's statements are prepared. */
    private static String columns(String alias) {
        return COLUMNS.stream().map(column -> alias + "." + column).collect(Collectors.joining(", "));
    }
}

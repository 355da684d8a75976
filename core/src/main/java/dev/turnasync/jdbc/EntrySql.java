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
            "direction",
            "version",
            "description",
            "checksum",
            "script",
            "status",
            "reason",
            "status_since",
            "max_attempts",
            "run_window",
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
     * migration decides. Only the history behind where the oldest of them was queued is read. For a repeatable migration the
     * checksums must agree, since its key is the same for every version; when another one was applied after the entry was
     * queued, with or without an entry, its own place is gone.
     */
    private static final String STANDING = """
            WITH picked AS (
                SELECT ${q}, q.after_rank
                FROM ${schema}.async_schema_migrations q
                WHERE q.history_table = ? AND ${filter}
            ), newest AS (
                SELECT DISTINCT ON (p.id) p.id, h.installed_rank, h.type, h.success, h.checksum, h.description
                FROM picked p
                JOIN ${history} h ON COALESCE(h.version, 'R__' || h.description) = p.entry_key
                WHERE h.installed_rank > (SELECT min(o.after_rank) FROM picked o)
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
                                AND n.generation > p.generation AND n.direction = p.direction
                                AND (n.version IS NOT NULL OR n.checksum IS NOT DISTINCT FROM h.checksum)
                        ) OR p.version IS NULL AND p.checksum IS DISTINCT FROM h.checksum AND h.installed_rank > p.after_rank
                        THEN 'SUPERSEDED'
                        WHEN p.version IS NULL AND p.checksum IS DISTINCT FROM h.checksum THEN 'NOT_APPLIED'
                        ELSE 'APPLIED'
                    END AS standing
                FROM picked p
                LEFT JOIN newest h ON h.id = p.id
                LEFT JOIN ${schema}.async_schema_progress g ON g.entry_id = p.id
            )
            """;

    private static final String OPEN = "q.status NOT IN ('SUCCEEDED', 'SKIPPED', 'UNDONE')";

    private static final String ORDER = "ORDER BY installed_rank NULLS LAST, generation, id";

    private final String schema;
    private final String history;

    EntrySql(QueueName name) {
        this.schema = name.quotedSchema();
        this.history = schema + "." + QueueName.quote(name.historyTable());
    }

    /** history_table → every entry. */
    String allEntries() {
        return entries("TRUE", ORDER);
    }

    /** history_table, id → one entry. */
    String entryById() {
        return entries("q.id = ?", "");
    }

    /** history_table, key → all entries of a migration. */
    String entriesByKey() {
        return entries("q.entry_key = ?", ORDER);
    }

    /** history_table, history_table, history_table, how many → those that are not finished, and the last ones that are. */
    String recentEntries() {
        return entries("""
                q.id IN (
                    SELECT o.id
                    FROM ${schema}.async_schema_migrations o
                    WHERE o.history_table = ? AND o.status NOT IN ('SUCCEEDED', 'SKIPPED', 'UNDONE')
                    UNION ALL (
                    SELECT f.id
                    FROM ${schema}.async_schema_migrations f
                    WHERE f.history_table = ? AND f.finished_at IS NOT NULL
                    ORDER BY f.finished_at DESC
                    LIMIT ?))""", ORDER);
    }

    /** history_table → the key of each entry. */
    String keys() {
        return complete("""
                SELECT entry_key
                FROM ${schema}.async_schema_migrations
                WHERE history_table = ?""");
    }

    /** history_table, keys → the keys that have entries; the checksum too of repeatable ones. */
    String queued() {
        return complete("""
                SELECT entry_key, CASE WHEN version IS NULL THEN checksum END AS checksum
                FROM ${schema}.async_schema_migrations
                WHERE history_table = ? AND entry_key = ANY (?)""");
    }

    /** history_table → how many entries are in each status. */
    String counts() {
        return complete("""
                SELECT status, count(*) AS entries
                FROM ${schema}.async_schema_migrations
                WHERE history_table = ?
                GROUP BY status""");
    }

    /**
     * history_table, key, description, checksum, script, max_attempts, run_window, why it is held or null → brings an orphan up
     * to date; one that nobody approved is held.
     */
    String reuseEntry() {
        return withFilter(STANDING + """
                        UPDATE ${schema}.async_schema_migrations m
                        SET description = w.description, checksum = w.checksum, script = w.script,
                            max_attempts = w.max_attempts, run_window = w.run_window, queued_at = clock_timestamp(),
                            status = CASE WHEN w.why_held IS NOT NULL AND m.came_from IS NULL THEN 'PAUSED' ELSE m.status END,
                            reason = CASE WHEN m.came_from IS NULL THEN COALESCE(w.why_held, m.reason) ELSE m.reason END,
                            after_rank = COALESCE((SELECT max(r.installed_rank) FROM ${history} r), 0)
                        FROM (VALUES (CAST(? AS TEXT), CAST(? AS INTEGER), CAST(? AS TEXT), CAST(? AS INTEGER), CAST(? AS TEXT),
                                CAST(? AS TEXT)))
                            AS w (description, checksum, script, max_attempts, run_window, why_held), entries e
                        WHERE m.id = e.id AND e.standing <> 'APPLIED' AND e.attempt = 0 AND e.direction = 'UP'
                            AND e.status IN ('QUEUED', 'PAUSED')
                            AND e.generation = (
                                SELECT max(n.generation)
                                FROM ${schema}.async_schema_migrations n
                                WHERE n.history_table = e.history_table AND n.entry_key = e.entry_key)""", "q.entry_key = ?");
    }

    /**
     * history_table, key, version, description, checksum, script, max_attempts, run_window, status, reason, applied → a new
     * generation; none for an applied one to which somebody else added an entry a moment ago.
     */
    String addEntry() {
        return complete("""
                INSERT INTO ${schema}.async_schema_migrations
                    (history_table, entry_key, version, description, checksum, script, max_attempts, run_window, status,
                     reason, finished_at, after_rank, generation)
                SELECT w.history_table, w.entry_key, w.version, w.description, w.checksum, w.script, w.max_attempts,
                    w.run_window, w.status, w.reason, CASE WHEN w.status IN ('SKIPPED', 'SUCCEEDED') THEN clock_timestamp() END,
                    CASE WHEN w.applied THEN 0
                        ELSE COALESCE((SELECT max(r.installed_rank) FROM ${history} r), 0) END,
                    COALESCE((
                        SELECT max(n.generation)
                        FROM ${schema}.async_schema_migrations n
                        WHERE n.history_table = w.history_table AND n.entry_key = w.entry_key), 0) + 1
                FROM (VALUES (CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS INTEGER),
                        CAST(? AS TEXT), CAST(? AS INTEGER), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT),
                        CAST(? AS BOOLEAN)))
                    AS w (history_table, entry_key, version, description, checksum, script, max_attempts, run_window, status,
                        reason, applied)
                WHERE NOT (w.applied AND EXISTS (
                    SELECT 1
                    FROM ${schema}.async_schema_migrations n
                    WHERE n.history_table = w.history_table AND n.entry_key = w.entry_key AND n.direction = 'UP'
                        AND (n.version IS NOT NULL OR n.checksum IS NOT DISTINCT FROM w.checksum)))""");
    }

    /**
     * history_table → marks entries whose place a newer one took. Begins at the few that are repeatable or have a second
     * generation: joining each entry with its newer ones costs a tenth of a second at a thousand entries without statistics.
     */
    String skipSuperseded() {
        return withFilter(STANDING + """
                        UPDATE ${schema}.async_schema_migrations m
                        SET came_from = m.status, status = 'SKIPPED', status_since = clock_timestamp(),
                            finished_at = clock_timestamp(), next_attempt_at = NULL,
                            reason = 'a newer one of this migration took its place'
                        FROM entries e
                        WHERE m.id = e.id AND e.standing = 'SUPERSEDED'
                            AND m.status IN ('QUEUED', 'RETRYABLE', 'FAILED', 'PAUSED')""", OPEN + """
                         AND (q.version IS NULL OR (q.history_table, q.entry_key) IN (
                            SELECT n.history_table, n.entry_key
                            FROM ${schema}.async_schema_migrations n
                            WHERE n.generation > 1))""");
    }

    private String entries(String filter, String tail) {
        return withFilter(
                STANDING
                        + "SELECT ${e}, e.installed_rank, e.history_description, e.standing, ${ge}\nFROM entries e\n"
                        + tail,
                filter);
    }

    private String withFilter(String sql, String filter) {
        return complete(sql.replace("${filter}", filter));
    }

    String complete(String sql) {
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

package dev.turnasync.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The tables that a {@link BackfillMigration} changes, and what must be in them at the end. */
final class BackfillTables {

    /** Keys with gaps; and a composite one of a uuid and a number whose order is not that of the rows. */
    private static final Map<Boolean, String> KEYS =
            Map.of(false, "SELECT 3 * n AS id, n", true, "SELECT md5((n % 97)::text)::uuid AS tenant, 3 * n AS id, n");

    private static final String REST = """
            , 0 AS counter, 'row ' || n AS words, 0 AS app_counter, NULL::text AS hold
            FROM generate_series(1, %d) AS n ORDER BY md5(n::text)""";

    private final Database database;

    BackfillTables(Database database) {
        this.database = database;
    }

    /**
     * Creates both tables with the same rows.
     *
     * @param rows how many rows each has
     * @param composite whether the key is composite
     */
    void create(int rows, boolean composite) {
        var key = composite ? "tenant, id" : "id";
        for (var table : List.of("calm", "target")) {
            database.execute("CREATE TABLE " + table + " AS " + KEYS.get(composite) + REST.formatted(rows));
            database.execute("ALTER TABLE " + table + " ADD PRIMARY KEY (" + key + ")");
            database.execute("ANALYZE " + table);
        }
        database.execute("""
                CREATE TABLE audit (name TEXT, n INTEGER, counter INTEGER);
                CREATE TABLE told (name TEXT, changed BIGINT)""");
    }

    /** Compares the table with the one where nothing went wrong, row by row, and both with what was to happen. */
    List<String> findings(int rows, boolean audited) {
        var findings = new ArrayList<String>();
        find(findings, "differs: ", """
                SELECT 'only target has', t.*
                FROM (SELECT n, counter, words FROM target EXCEPT ALL SELECT n, counter, words FROM calm) AS t
                UNION ALL
                SELECT 'only calm has', c.*
                FROM (SELECT n, counter, words FROM calm EXCEPT ALL SELECT n, counter, words FROM target) AS c""");
        find(findings, "not changed once: ", "SELECT n, counter, words FROM target WHERE counter <> 1");
        find(findings, "not changed once where nothing went wrong: ", "SELECT n FROM calm WHERE counter <> 1");
        find(findings, "not this many rows: ", "SELECT count(*) FROM target HAVING count(*) <> " + rows);
        find(findings, "told another number: ", "SELECT name, changed FROM told WHERE changed <> " + rows);
        if (audited) {
            find(findings, "not copied once: ", """
                    SELECT t.n, count(a.n)
                    FROM target t
                    LEFT JOIN audit a ON a.n = t.n AND a.name = 'target' AND a.counter = 1
                    GROUP BY t.n
                    HAVING count(a.n) <> 1""");
            find(findings, "copied too much: ", "SELECT count(*) FROM audit HAVING count(*) <> 2 * " + rows);
        }
        return findings;
    }

    private void find(List<String> findings, String what, String sql) {
        var rows = database.list(
                "SELECT found::text, count(*) OVER () FROM (" + sql + ") AS found LIMIT 5",
                row -> row.getString(1) + " of " + row.getInt(2));
        rows.forEach(row -> findings.add(what + row));
    }

    /** Rows that the backfill passed, over all its slices. */
    long done() {
        return database.number("""
                SELECT COALESCE(sum(split_part(value, ' ', 1)::int), 0)
                FROM async_schema_checkpoints
                WHERE name LIKE 'backfill:target:%'""");
    }

    int attempts() {
        return database.number("""
                SELECT count(*)
                FROM async_schema_attempts a
                JOIN async_schema_migrations m ON m.id = a.entry_id
                WHERE m.version = '2'""");
    }

    /** How the attempts ended, oldest first. */
    List<String> outcomes() {
        return database.list("""
                SELECT a.outcome || COALESCE(' ' || a.error_message, '')
                FROM async_schema_attempts a
                JOIN async_schema_migrations m ON m.id = a.entry_id
                WHERE m.version = '2'
                ORDER BY a.attempt""", row -> row.getString(1));
    }

    boolean isDone() {
        return database.number("SELECT count(*) FROM async_schema_migrations WHERE status <> 'SUCCEEDED'") == 0;
    }
}

package dev.turnasync.resumable;

import dev.turnasync.jdbc.Jdbc;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.stream.Collectors;

/** Who holds locks that a statement may have waited for. */
final class Blockers {

    private Blockers() {}

    /**
     * Describes the sessions that hold locks on tables, the longest transaction first.
     *
     * @param relations the tables, with their partitions; none for all tables of users
     */
    static String of(Connection connection, Collection<Table> relations) {
        var oids = relations.stream().map(table -> Long.toString(table.oid())).collect(Collectors.joining(","));
        try {
            var found = Jdbc.list(connection, """
                    SELECT CASE WHEN l.pid IS NULL THEN format('a prepared transaction (%s)', l.modes)
                        ELSE format('pid %s (%s, %s, %s, %s, since %s: %s)', l.pid, COALESCE(a.usename, a.backend_type),
                            COALESCE(NULLIF(a.application_name, ''), 'no name'), COALESCE(a.state, 'no state'), l.modes,
                            to_char(a.xact_start, 'HH24:MI:SS'), left(regexp_replace(a.query, '\\s+', ' ', 'g'), 100)) END
                    FROM (
                        SELECT pid, string_agg(DISTINCT format('%s on %s', mode, relation::regclass), ', ') AS modes
                        FROM pg_catalog.pg_locks
                        WHERE locktype = 'relation' AND granted AND pid IS DISTINCT FROM pg_backend_pid()
                            AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
                            AND CASE WHEN ? = '' THEN relation >= 16384
                                ELSE relation IN (
                                    SELECT o.oid FROM unnest(CAST(string_to_array(?, ',') AS OID[])) AS o (oid)
                                    UNION SELECT p.relid FROM unnest(CAST(string_to_array(?, ',') AS OID[])) AS o (oid)
                                        CROSS JOIN LATERAL pg_partition_tree(o.oid) AS p) END
                        GROUP BY pid) AS l
                    LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
                    ORDER BY a.xact_start NULLS LAST, l.pid
                    LIMIT 5""", row -> row.getString(1), oids, oids, oids);
            return found.isEmpty() ? "nobody any more" : String.join("; ", found);
        } catch (SQLException e) {
            return "(not to be read: " + e.getMessage() + ")";
        }
    }
}

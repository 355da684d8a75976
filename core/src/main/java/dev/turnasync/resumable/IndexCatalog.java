package dev.turnasync.resumable;

import dev.turnasync.jdbc.Jdbc;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** What the catalog knows of indexes. */
final class IndexCatalog {

    /**
     * An index that exists.
     *
     * @param oid its object id
     * @param name its name, with its schema
     * @param table the object id of its table
     * @param partitioned whether it is the parent of the indexes of partitions
     * @param valid whether queries use it
     * @param unique whether no two rows have the same key
     * @param meaning its definition from its method on, without its name and its table's
     * @param definition its whole definition
     * @param unmeasured whether it has expressions of which the planner knows nothing yet
     */
    record Found(
            long oid,
            QualifiedName name,
            long table,
            boolean partitioned,
            boolean valid,
            boolean unique,
            String meaning,
            String definition,
            boolean unmeasured) {

        boolean means(Found other) {
            return unique == other.unique && meaning.equals(other.meaning);
        }
    }

    /** The name of an index on a copy of a table. */
    private static final String REHEARSED = "turnasync_wanted";

    private IndexCatalog() {}

    /**
     * Finds an index by its name.
     *
     * @throws dev.turnasync.api.AsyncMigrationException if something else has that name
     */
    static Optional<Found> find(Connection connection, QualifiedName name) throws SQLException {
        return Jdbc.first(connection, """
                SELECT c.oid, n.nspname, c.relname, c.relkind, x.indrelid, x.indisvalid, x.indisunique, d.definition,
                    substr(d.definition, strpos(d.definition, d.table_and_method)
                        + length(quote_ident(t.relname))) AS meaning,
                    x.indexprs IS NOT NULL AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_stats s
                        WHERE s.schemaname = n.nspname AND s.tablename = c.relname) AS unmeasured
                FROM pg_catalog.pg_class c
                JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                LEFT JOIN pg_catalog.pg_index x ON x.indexrelid = c.oid
                LEFT JOIN pg_catalog.pg_class t ON t.oid = x.indrelid
                LEFT JOIN pg_catalog.pg_am m ON m.oid = c.relam
                CROSS JOIN LATERAL (SELECT pg_get_indexdef(x.indexrelid) AS definition,
                    quote_ident(t.relname) || ' USING ' || quote_ident(m.amname) || ' (' AS table_and_method) AS d
                WHERE c.oid = to_regclass(?)""", IndexCatalog::read, name.sql());
    }

    private static Found read(ResultSet row) throws SQLException {
        var name = new QualifiedName(row.getString("nspname"), row.getString("relname"));
        var kind = row.getString("relkind");
        if (!kind.equals("i") && !kind.equals("I")) {
            throw Refusal.of(name + " is no index but something else. Choose another name for the index.");
        }
        return new Found(
                row.getLong("oid"),
                name,
                row.getLong("indrelid"),
                kind.equals("I"),
                row.getBoolean("indisvalid"),
                row.getBoolean("indisunique"),
                row.getString("meaning"),
                row.getString("definition"),
                row.getBoolean("unmeasured"));
    }

    /** Finds the index of a description; one of that name must be on its table. */
    static Optional<Found> find(Connection connection, Index index, Table table) throws SQLException {
        var found = find(connection, nameOf(index, table));
        if (found.isPresent() && found.get().table() != table.oid()) {
            throw Refusal.of("the index " + found.get().name() + " is on another table: "
                    + found.get().definition() + ". Choose another name for the index on " + table + ".");
        }
        return found;
    }

    /** An index is in the schema of its table. */
    static QualifiedName nameOf(Index index, Table table) {
        return new QualifiedName(table.name().schema(), index.name());
    }

    /** Refuses an index that is not what was described; the server says what that would be. */
    static void requireSame(Connection connection, Index index, Table table, Found found) throws SQLException {
        var wanted = Rehearsal.on(connection, table, copy -> {
            Jdbc.execute(connection, index.as(REHEARSED, table).createSql("INDEX", copy));
            return find(connection, new QualifiedName("pg_temp", REHEARSED)).orElseThrow();
        });
        if (!found.means(wanted)) {
            throw Refusal.of(
                    "the index " + found.name() + " exists with another definition. It is: " + found.definition()
                            + ". Wanted is: " + (wanted.unique() ? "UNIQUE" : "not unique,") + wanted.meaning()
                            + ". Drop it first with dropIndexConcurrently(\"" + found.name()
                            + "\"), or give the new one another name.");
        }
    }

    /**
     * Tells who is building an index. A session that may not see the details of others' builds takes one on the same table for
     * it, as it does in the moment before the build tells its index.
     */
    static List<String> builders(Connection connection, Found index) throws SQLException {
        return Jdbc.list(connection, """
                SELECT format('pid %s (%s, %s): %s', p.pid, COALESCE(a.usename, 'no user'),
                    COALESCE(NULLIF(a.application_name, ''), 'no name'), COALESCE(p.phase, 'phase not to be seen'))
                FROM pg_catalog.pg_stat_progress_create_index p
                LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = p.pid
                WHERE p.datname = current_database() AND p.pid <> pg_backend_pid()
                    AND (p.index_relid = ? OR COALESCE(p.index_relid, 0) = 0 AND EXISTS (
                        SELECT 1 FROM pg_catalog.pg_locks l
                        WHERE l.pid = p.pid AND l.relation = ? AND l.granted AND l.mode = 'ShareUpdateExclusiveLock'))
                ORDER BY p.pid""", row -> row.getString(1), index.oid(), index.table());
    }
}

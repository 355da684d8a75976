package dev.turnasync.resumable;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.jdbc.Jdbc;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The table of a backfill, as the database knows it.
 *
 * @param name its name with schema, quoted
 * @param oid its oid
 * @param partitioned whether it is the parent of partitions
 */
record TargetTable(String name, long oid, boolean partitioned) {

    /** How many rows the topmost node of a plan is expected to return. */
    private static final Pattern ROWS = Pattern.compile("rows=(\\d+)");

    /** What is no table, by its kind in the catalog. */
    private static final Map<String, String> OTHERS = Map.of(
            "v",
            "a view, whose rows are those of other tables",
            "m",
            "a materialized view, whose rows only REFRESH changes",
            "f",
            "a foreign table, whose rows are in another database and do not commit with a checkpoint",
            "S",
            "a sequence, which has no rows to change",
            "c",
            "a composite type, which has no rows");

    /** Finds a table, by the search path when no schema is named. */
    static TargetTable resolve(Connection connection, String table) throws SQLException {
        var quoted = QualifiedName.parse(table).sql();
        var found = Jdbc.first(connection, """
                        SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name, c.oid::bigint AS oid, c.relkind,
                            row_security_active(c.oid) AS secured,
                            c.relkind = 'r' AND EXISTS (
                                SELECT FROM pg_catalog.pg_inherits i WHERE i.inhparent = c.oid) AS inherited,
                            (
                                SELECT min(f.oid::regclass::text)
                                FROM pg_catalog.pg_partition_tree(c.oid) AS p
                                JOIN pg_catalog.pg_class f ON f.oid = p.relid AND f.relkind = 'f') AS remote
                        FROM pg_catalog.pg_class c
                        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                        WHERE c.oid = to_regclass(?)""", TargetTable::usable, quoted);
        return found.orElseThrow(() -> new AsyncMigrationException.Permanent("there is no table " + quoted
                + " on the search path. Name it as the catalog does, in its case, with its schema if need be."));
    }

    private static TargetTable usable(ResultSet row) throws SQLException {
        var name = row.getString("name");
        var kind = row.getString("relkind");
        if (!List.of("r", "p").contains(kind)) {
            throw new AsyncMigrationException.Permanent(name + " is not a table but "
                    + OTHERS.getOrDefault(kind, "of another kind") + ". Run the backfill over a table.");
        }
        if (row.getString("remote") != null) {
            throw new AsyncMigrationException.Permanent(name + " has a foreign partition, " + row.getString("remote")
                    + ", whose rows are in another database and do not commit with a checkpoint. Run one backfill for each"
                    + " of the other partitions.");
        }
        if (row.getBoolean("inherited")) {
            throw new AsyncMigrationException.Permanent(
                    name + " has tables that inherit from it, whose rows no key of its"
                            + " own orders. Run one backfill for each of them.");
        }
        if (row.getBoolean("secured")) {
            throw new AsyncMigrationException.Permanent("row-level security may hide rows of " + name
                    + " from this role, and a backfill would leave them out. Run it as the owner or with BYPASSRLS.");
        }
        return new TargetTable(name, row.getLong("oid"), kind.equals("p"));
    }

    /** Chooses how the table is paged: by the given key, else by its primary or another unique key, else by blocks. */
    Paging paging(Connection connection, List<String> key) throws SQLException {
        return new KeyCatalog(this, connection).paging(key);
    }

    /** Pages the table as it was paged before, whatever other keys it has by now. */
    Paging paging(Connection connection, WalkOrder before) throws SQLException {
        return before.key().isEmpty() ? new BlockPaging(this) : paging(connection, before.key());
    }

    /** Returns about how many rows the table has, as the planner sees it; never counts them. */
    long estimate(Connection connection) throws SQLException {
        var plan = Jdbc.list(connection, "EXPLAIN SELECT FROM " + name, row -> row.getString(1));
        var rows = ROWS.matcher(plan.get(0));
        return rows.find() ? Long.parseLong(rows.group(1)) : 0;
    }

    /** Returns how many blocks the table's file has now. */
    long blocks(Connection connection) throws SQLException {
        return Jdbc.first(
                        connection,
                        "SELECT pg_relation_size(CAST(? AS oid)) / current_setting('block_size')::bigint",
                        row -> row.getLong(1),
                        oid)
                .orElse(0L);
    }
}

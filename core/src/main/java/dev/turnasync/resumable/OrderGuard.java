package dev.turnasync.resumable;

import dev.turnasync.jdbc.Jdbc;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes sure, in every batch, that the table is walked in the order in which its checkpoints mean something: a deploy may change
 * the key's type or collation, drop its index, or replace the table between two batches. One query tells whether the catalog
 * wrote anything about them; only then are they read and compared. Safe for use by several lanes.
 */
final class OrderGuard {

    private static final String STAMP = """
            SELECT concat_ws('/', c.oid, c.xmin, pg_postmaster_start_time(), (
                    SELECT string_agg(a.xmin::text, ' ' ORDER BY a.attnum)
                    FROM pg_catalog.pg_attribute a
                    WHERE a.attrelid = c.oid AND a.attnum > 0
                ), (
                    SELECT string_agg(i.indexrelid || ' ' || i.xmin::text, ' ' ORDER BY i.indexrelid)
                    FROM pg_catalog.pg_index i
                    WHERE i.indrelid = c.oid
                ), (
                    SELECT string_agg(e.oid || ' ' || e.xmin::text, ' ' ORDER BY e.oid)
                    FROM pg_catalog.pg_enum e
                    WHERE e.enumtypid = ANY (CAST(? AS oid[]))
                ), (
                    SELECT count(*)
                    FROM pg_catalog.pg_inherits i
                    WHERE i.inhparent = c.oid AND c.relkind = 'r'), (
                    SELECT string_agg(CAST(relid AS oid)::text, ' ' ORDER BY relid)
                    FROM pg_catalog.pg_partition_tree(c.oid)
                    WHERE c.relkind = 'p')) AS stamp,
                c.relfilenode <> 0 AND pg_relation_filenode(c.oid) IS DISTINCT FROM c.relfilenode AS rewritten
            FROM pg_catalog.pg_class c
            WHERE c.oid = to_regclass(?)""";

    private static final String PARTITIONS = """
            SELECT CAST(c.oid AS text) AS oid, format('%I.%I', n.nspname, c.relname) AS name
            FROM pg_catalog.pg_partition_tree(CAST(? AS oid)) p
            JOIN pg_catalog.pg_class c ON c.oid = p.relid
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE p.isleaf AND c.oid <> ALL (CAST(CAST(? AS text[]) AS oid[]))
            ORDER BY c.oid""";

    private final Set<String> warned = ConcurrentHashMap.newKeySet();
    private final String name;
    private final TargetTable table;
    private final Paging paging;
    private final WalkOrder order;
    private volatile @Nullable String known;

    OrderGuard(String name, TargetTable table, Paging paging, WalkOrder order) {
        this.name = name;
        this.table = table;
        this.paging = paging;
        this.order = order;
    }

    /** The statement that keeps changes of the table out until the transaction ends; any right to read it will do. */
    String lock() {
        return "SELECT FROM ONLY " + table.name() + " WHERE FALSE";
    }

    /**
     * Fails when the order is another one; call it behind {@link #lock}.
     *
     * @param walkEnd where the pass ends
     * @return warnings, each once
     */
    List<String> check(Connection connection, Cursor walkEnd) throws Exception {
        var stamp = Jdbc.first(connection, STAMP, Stamp::read, paging.types(), table.name())
                .orElseThrow(() -> Refusal.of(table.name() + " is gone in the meantime."));
        if (stamp.rewritten()) {
            throw new RepeatException("the transaction still sees the table as it was before it was rewritten");
        }
        if (Objects.equals(stamp.text(), known)) {
            return List.of();
        }
        var now = TargetTable.resolve(connection, table.name());
        order.requireKeptBy(order.with(now, paging), name);
        order.requireKeptBy(order.with(now, now.paging(connection, order)), name);
        known = stamp.text();
        return order.partitions().isEmpty() ? List.of() : attached(connection, walkEnd);
    }

    /** Nobody knows whether rows of such a partition were changed before they came: refused or changed, some would be wronged. */
    private List<String> attached(Connection connection, Cursor walkEnd) throws SQLException {
        var warnings = new ArrayList<String>();
        for (var partition : Jdbc.list(
                connection,
                PARTITIONS,
                Partition::read,
                table.oid(),
                order.partitions().toArray(String[]::new))) {
            var rows = "SELECT 1 FROM ONLY " + partition.name() + " WHERE "
                    + paging.condition(new Page(null, walkEnd, 0, true), "") + " LIMIT 1";
            if (warned.add(partition.oid())
                    && Jdbc.first(connection, rows, row -> true).isPresent()) {
                warnings.add("the partition " + partition.name() + " of " + table.name() + " came while the backfill \""
                        + name
                        + "\" was under way, with rows. Those before the place that it has reached are left as they are: run a"
                        + " backfill over them, unless they have the new form.");
            }
        }
        return warnings;
    }

    private record Partition(String oid, String name) {

        static Partition read(ResultSet row) throws SQLException {
            return new Partition(row.getString("oid"), row.getString("name"));
        }
    }

    private record Stamp(String text, boolean rewritten) {

        static Stamp read(ResultSet row) throws SQLException {
            return new Stamp(row.getString("stamp"), row.getBoolean("rewritten"));
        }
    }
}

package dev.turnasync.resumable;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.jdbc.Jdbc;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a place in a table relies on: which table it is, and all that makes the order in which it is walked.
 *
 * @param table the table's name
 * @param database the cluster and the database, in which object ids mean something
 * @param oid the table's object id there
 * @param key the columns of the key; empty for blocks
 * @param facts what else orders it, by name
 * @param partitions the object ids of its partitions; none where others do not matter
 */
record WalkOrder(
        String table,
        String database,
        String oid,
        List<String> key,
        Map<String, String> facts,
        List<String> partitions) {

    /** With this word begins a fact that not every server tells: it is compared where both do. */
    static final String VERSION = "the version";

    private static final String TABLE = "table";
    private static final String KEY = "key";
    private static final String FACT = "fact";
    private static final String PARTITION = "partition";

    static WalkOrder of(Connection connection, TargetTable table, Paging paging) throws SQLException {
        return new WalkOrder(
                table.name(),
                database(connection),
                Long.toString(table.oid()),
                paging.key(),
                paging.facts(),
                partitions(connection, table));
    }

    /** Those that have rows of their own. */
    private static List<String> partitions(Connection connection, TargetTable table) throws SQLException {
        return table.partitioned()
                ? Jdbc.list(
                        connection,
                        "SELECT CAST(CAST(relid AS oid) AS text) FROM pg_catalog.pg_partition_tree(CAST(? AS oid)) WHERE isleaf ORDER BY 1",
                        row -> row.getString(1),
                        table.oid())
                : List.of();
    }

    /** Object ids of a copy, as by {@code pg_restore}, are others. */
    private static String database(Connection connection) throws SQLException {
        var readable = Jdbc.first(
                        connection,
                        "SELECT pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')",
                        row -> row.getBoolean(1))
                .orElse(false);
        var cluster = readable
                ? Jdbc.first(
                                connection,
                                "SELECT system_identifier FROM pg_catalog.pg_control_system()",
                                row -> row.getString(1))
                        .orElse("")
                : "";
        return cluster + "/"
                + Jdbc.first(
                                connection,
                                "SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()",
                                row -> row.getString(1))
                        .orElse("");
    }

    List<List<String>> lines() {
        var lines = new ArrayList<List<String>>();
        lines.add(List.of(TABLE, table, database, oid));
        key.forEach(column -> lines.add(List.of(KEY, column)));
        facts.forEach((name, value) -> lines.add(List.of(FACT, name, value)));
        partitions.forEach(partition -> lines.add(List.of(PARTITION, partition)));
        return lines;
    }

    static WalkOrder parse(List<List<String>> lines) {
        var table = lines.stream()
                .filter(line -> line.get(0).equals(TABLE))
                .findFirst()
                .orElseThrow();
        var key = lines.stream()
                .filter(line -> line.get(0).equals(KEY))
                .map(line -> line.get(1))
                .toList();
        var facts = new LinkedHashMap<String, String>();
        lines.stream().filter(line -> line.get(0).equals(FACT)).forEach(line -> facts.put(line.get(1), line.get(2)));
        var partitions = lines.stream()
                .filter(line -> line.get(0).equals(PARTITION))
                .map(line -> line.get(1))
                .toList();
        return new WalkOrder(table.get(1), table.get(2), table.get(3), key, facts, partitions);
    }

    /** Fails when places that were stored in this order mean something else in the present one. */
    void requireKeptBy(WalkOrder now, String name) {
        var changes = new ArrayList<String>();
        if (!isOf(now)) {
            changes.add(
                    table.equals(now.table)
                            ? table + " is not the table it began with, which was dropped or renamed (its oid was "
                                    + oid + ", and is now " + now.oid + ")"
                            : "it began over " + table + " and is now over " + now.table);
        }
        if (key.equals(now.key)) {
            for (var fact : facts.entrySet()) {
                changed(fact.getKey(), fact.getValue(), now.facts.get(fact.getKey()), changes);
            }
        } else {
            changes.add("it began by " + by() + " and is now by " + now.by());
        }
        if (!changes.isEmpty()) {
            throw new AsyncMigrationException.Permanent(
                    "the backfill \"" + name + "\" over " + now.table
                            + " cannot go on from its checkpoint, which is a place in another order: "
                            + String.join("; ", changes)
                            + ". Restore what it was, or begin again by retry --from-start, which changes rows that are done once more.");
        }
    }

    /** The same order of another table. */
    WalkOrder over(WalkOrder now) {
        return new WalkOrder(now.table, now.database, now.oid, key, facts, now.partitions);
    }

    /** This order with the partitions that the table had when a pass began; in a copy of the database they have other ids. */
    WalkOrder since(WalkOrder begin) {
        return new WalkOrder(
                table, database, oid, key, facts, database.equals(begin.database) ? begin.partitions : partitions);
    }

    WalkOrder withoutPartitions() {
        return new WalkOrder(table, database, oid, key, facts, List.of());
    }

    /** The order by which a table is paged in the same database. */
    WalkOrder with(TargetTable now, Paging paging) {
        return new WalkOrder(now.name(), database, Long.toString(now.oid()), paging.key(), paging.facts(), partitions);
    }

    private boolean isOf(WalkOrder now) {
        return database.equals(now.database) ? oid.equals(now.oid) : table.equals(now.table);
    }

    private static void changed(String name, String from, @Nullable String to, List<String> changes) {
        if (to == null && name.startsWith(VERSION)) {
            return;
        }
        if (to == null || !TypeChange.keepsOrder(from, to)) {
            changes.add(name + " was " + from + " and is now " + (to == null ? "gone" : to));
        }
    }

    private String by() {
        return key.isEmpty() ? "(ctid)" : "(" + Identifiers.quoteAll(key) + ")";
    }
}

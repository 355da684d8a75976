package dev.turnasync.resumable;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.jdbc.Jdbc;
import dev.turnasync.jdbc.QueueName;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

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

    /**
     * An index: its columns by name, and what it is good for.
     *
     * @param hidden the schema of the operators by which it is ordered, where that is not on the search path; else null
     */
    private record Index(
            List<String> columns,
            boolean primary,
            boolean unique,
            boolean ordered,
            @Nullable String hidden) {}

    /** Finds a table, by the search path when no schema is named. */
    static TargetTable resolve(Connection connection, String table) throws SQLException {
        var quoted = QualifiedName.parse(table).sql();
        var found = Jdbc.first(connection, """
                        SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name, c.oid::bigint AS oid, c.relkind,
                            c.relhassubclass AND c.relkind = 'r' AS inherited, row_security_active(c.oid) AS secured
                        FROM pg_class c
                        JOIN pg_namespace n ON n.oid = c.relnamespace
                        WHERE c.oid = to_regclass(?)""", TargetTable::usable, quoted);
        return found.orElseThrow(() -> new AsyncMigrationException.Permanent("there is no table " + quoted
                + " on the search path. Name it as the catalog does, in its case, with its schema if need be."));
    }

    private static TargetTable usable(ResultSet row) throws SQLException {
        var name = row.getString("name");
        if (!List.of("r", "p").contains(row.getString("relkind"))) {
            throw new AsyncMigrationException.Permanent(
                    name + " is not a table, so it has no rows of its own to change.");
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
        return new TargetTable(
                name, row.getLong("oid"), row.getString("relkind").equals("p"));
    }

    /** Chooses how the table is paged: by the given key, else by its primary or another unique key, else by blocks. */
    Paging paging(Connection connection, List<String> key) throws SQLException {
        var columns = Jdbc.list(
                connection,
                """
                SELECT a.attname, format_type(a.atttypid, -1) AS type, NOT a.attnotnull OR EXISTS (
                    SELECT 1
                    FROM pg_constraint c
                    WHERE c.conrelid = a.attrelid AND c.contype = 'n' AND NOT c.convalidated
                        AND a.attnum = ANY (c.conkey)) AS nullable
                FROM pg_attribute a
                WHERE a.attrelid = CAST(? AS oid) AND a.attnum > 0 AND NOT a.attisdropped""",
                row -> new KeyPaging.Column(row.getString(1), row.getString(2), row.getBoolean(3)),
                oid);
        var indexes = indexes(connection);
        if (!key.isEmpty()) {
            requireUnique(key, indexes);
            return keyed(key, columns);
        }
        return indexes.stream()
                .filter(index -> index.unique() && index.ordered())
                .filter(index -> index.primary()
                        || columns.stream()
                                .noneMatch(column ->
                                        column.nullable() && index.columns().contains(column.name())))
                .min((a, b) -> Boolean.compare(b.primary(), a.primary()))
                .<Paging>map(index -> keyed(visible(index).columns(), columns))
                .orElseGet(() -> new BlockPaging(this));
    }

    private KeyPaging keyed(List<String> key, List<KeyPaging.Column> columns) {
        return new KeyPaging(
                this,
                key.stream()
                        .map(name -> columns.stream()
                                .filter(column -> column.name().equals(name))
                                .findFirst()
                                .map(column ->
                                        new KeyPaging.Column(QueueName.quote(name), column.type(), column.nullable()))
                                .orElseThrow(() -> new AsyncMigrationException.Permanent(
                                        this.name + " has no column \"" + name + "\" to be keyed by.")))
                        .toList());
    }

    private void requireUnique(List<String> key, List<Index> indexes) {
        if (indexes.stream().noneMatch(index -> index.unique() && new HashSet<>(key).containsAll(index.columns()))) {
            throw new AsyncMigrationException.Permanent("nothing makes " + key + " unique in " + name
                    + ", so rows with the same key could be left out or changed twice. Add a unique column at the end,"
                    + " such as the primary key.");
        }
        visible(indexes.stream()
                .filter(index -> index.ordered()
                        && index.columns().size() >= key.size()
                        && index.columns().subList(0, key.size()).equals(key))
                .findFirst()
                .orElseThrow(() -> new AsyncMigrationException.Permanent("no B-tree index of " + name + " begins with "
                        + key + ", so every batch would read the whole table. Create one first, or key by the primary"
                        + " key.")));
    }

    /** Where the operators of a type cannot be found, those of another are taken, which order otherwise: text for citext. */
    private Index visible(Index index) {
        if (index.hidden() != null) {
            throw new AsyncMigrationException.Permanent("the operators that order " + index.columns() + " of " + name
                    + " are in schema " + index.hidden() + ", which is not on the search path of workers. Add it, or"
                    + " choose another key by keyedBy(…).");
        }
        return index;
    }

    private List<Index> indexes(Connection connection) throws SQLException {
        return Jdbc.list(connection, """
                SELECT i.indisprimary, i.indisunique AND i.indimmediate AS is_unique,
                    am.amname = 'btree' AND NOT EXISTS (
                        SELECT 1
                        FROM unnest(i.indkey, i.indoption, i.indcollation, i.indclass)
                            AS k (attnum, flags, coll, opclass)
                        LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
                        LEFT JOIN pg_opclass o ON o.oid = k.opclass
                        WHERE k.opclass IS NOT NULL AND (k.flags <> i.indoption[0] OR k.flags NOT IN (0, 3)
                            OR k.coll <> a.attcollation OR NOT o.opcdefault)) AS is_ordered,
                    ARRAY(
                        SELECT a.attname
                        FROM unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
                        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
                        WHERE k.place <= i.indnkeyatts
                        ORDER BY k.place)::text[] AS columns,
                    (
                        SELECT min(n.nspname)
                        FROM unnest(i.indclass) AS k (opclass)
                        JOIN pg_opclass o ON o.oid = k.opclass
                        JOIN pg_amop g ON g.amopfamily = o.opcfamily AND g.amoplefttype = o.opcintype
                            AND g.amoprighttype = o.opcintype AND g.amopstrategy = 5
                        JOIN pg_operator p ON p.oid = g.amopopr
                        JOIN pg_namespace n ON n.oid = p.oprnamespace
                        WHERE NOT pg_operator_is_visible(p.oid)) AS hidden
                FROM pg_index i
                JOIN pg_class c ON c.oid = i.indexrelid
                JOIN pg_am am ON am.oid = c.relam
                WHERE i.indrelid = CAST(? AS oid) AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL""", TargetTable::index, oid);
    }

    private static Index index(ResultSet row) throws SQLException {
        var columns = new ArrayList<String>();
        Arrays.stream((Object[]) row.getArray("columns").getArray()).forEach(column -> columns.add(column.toString()));
        return new Index(
                columns,
                row.getBoolean("indisprimary"),
                row.getBoolean("is_unique"),
                row.getBoolean("is_ordered"),
                row.getString("hidden"));
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

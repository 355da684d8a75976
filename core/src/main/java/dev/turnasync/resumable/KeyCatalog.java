package dev.turnasync.resumable;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.jdbc.Jdbc;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the catalog says about the keys of a table: which columns are unique, and what orders them. */
record KeyCatalog(TargetTable table, Connection connection) {

    /**
     * The columns of a table. A domain orders as its base type does, and a literal of it must not be refused by a constraint that is
     * not yet valid. What a collation is differs between servers of different age.
     */
    private static final String COLUMNS = """
            WITH RECURSIVE base (attnum, type, typmod) AS (
                SELECT attnum, atttypid, atttypmod
                FROM pg_catalog.pg_attribute
                WHERE attrelid = CAST(? AS oid) AND attnum > 0 AND NOT attisdropped
                UNION ALL
                SELECT b.attnum, t.typbasetype, t.typtypmod
                FROM base b
                JOIN pg_catalog.pg_type t ON t.oid = b.type AND t.typtype = 'd')
            SELECT a.attname, format_type(t.oid, b.typmod) AS declared, a.attgenerated <> '' AS generated,
                format_type(t.oid, -1) || CASE WHEN a.attcollation IN (0, t.typcollation) THEN ''
                    ELSE format(' COLLATE %I.%I', n.nspname, c.collname) END AS type,
                CASE WHEN c.oid IS NULL THEN '' WHEN c.collprovider = 'd' THEN (
                    SELECT concat_ws(', ', 'that of the database', COALESCE(to_jsonb(d) ->> 'datlocprovider', 'c'),
                        COALESCE(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale', d.datcollate))
                    FROM pg_catalog.pg_database d
                    WHERE d.datname = current_database())
                ELSE concat_ws(', ', format('%I.%I', n.nspname, c.collname), c.collprovider,
                    COALESCE(to_jsonb(c) ->> 'colllocale', to_jsonb(c) ->> 'colliculocale', to_jsonb(c) ->> 'collcollate'),
                    to_jsonb(c) ->> 'collicurules', CASE WHEN NOT c.collisdeterministic THEN 'not deterministic' END)
                    END AS collated,
                CASE c.collprovider WHEN 'd' THEN CAST(? AS text) ELSE pg_collation_actual_version(c.oid) END AS version,
                NOT a.attnotnull OR EXISTS (
                    SELECT FROM pg_catalog.pg_constraint k
                    WHERE k.conrelid = a.attrelid AND k.contype = 'n' AND NOT k.convalidated
                        AND a.attnum = ANY (k.conkey)) AS nullable
            FROM base b
            JOIN pg_catalog.pg_type t ON t.oid = b.type AND t.typtype <> 'd'
            JOIN pg_catalog.pg_attribute a ON a.attrelid = CAST(? AS oid) AND a.attnum = b.attnum
            LEFT JOIN pg_catalog.pg_collation c ON c.oid = a.attcollation
            LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace""";

    /** From version 15 on; older servers cannot parse it. */
    private static final String VERSION_OF_DATABASE = """
            SELECT pg_catalog.pg_database_collation_actual_version(oid)
            FROM pg_catalog.pg_database
            WHERE datname = current_database()""";

    /** All collations of the C library have one version; these have none. */
    private static final String VERSION_OF_LIBRARY = """
            SELECT max(pg_catalog.pg_collation_actual_version(l.oid))
            FROM pg_catalog.pg_collation l
            JOIN pg_catalog.pg_database d ON d.datname = current_database()
            WHERE l.collprovider = 'c' AND d.datcollate !~* '^(C|C[.].*|POSIX)$'""";

    private static final String INDEXES = """
            SELECT i.indisprimary, i.indisunique, i.indimmediate, i.indexrelid::regclass::text AS name,
                am.amname = 'btree' AND NOT EXISTS (
                    SELECT 1
                    FROM unnest(i.indkey, i.indoption, i.indcollation, i.indclass)
                        AS k (attnum, flags, coll, opclass)
                    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
                    LEFT JOIN pg_catalog.pg_opclass o ON o.oid = k.opclass
                    WHERE k.opclass IS NOT NULL AND (k.flags <> i.indoption[0] OR k.flags NOT IN (0, 3)
                        OR k.coll <> a.attcollation OR NOT o.opcdefault)) AS is_ordered,
                ARRAY(
                    SELECT a.attname
                    FROM unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
                    JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
                    WHERE k.place <= i.indnkeyatts
                    ORDER BY k.place)::text[] AS columns,
                ARRAY(
                    SELECT format('%I.%I', n.nspname, f.opfname)
                    FROM unnest(i.indclass) WITH ORDINALITY AS k (opclass, place)
                    JOIN pg_catalog.pg_opclass o ON o.oid = k.opclass
                    JOIN pg_catalog.pg_opfamily f ON f.oid = o.opcfamily
                    JOIN pg_catalog.pg_namespace n ON n.oid = f.opfnamespace
                    ORDER BY k.place)::text[] AS families,
                (
                    SELECT min(n.nspname)
                    FROM unnest(i.indclass) AS k (opclass)
                    JOIN pg_catalog.pg_opclass o ON o.oid = k.opclass
                    JOIN pg_catalog.pg_amop g ON g.amopfamily = o.opcfamily AND g.amoplefttype = o.opcintype
                        AND g.amoprighttype = o.opcintype AND g.amopstrategy = 5
                    JOIN pg_catalog.pg_operator p ON p.oid = g.amopopr
                    JOIN pg_catalog.pg_namespace n ON n.oid = p.oprnamespace
                    WHERE NOT pg_operator_is_visible(p.oid)) AS hidden
            FROM pg_catalog.pg_index i
            JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
            JOIN pg_catalog.pg_am am ON am.oid = c.relam
            WHERE i.indrelid = CAST(? AS oid) AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
            ORDER BY i.indexrelid""";

    /**
     * An index: its columns by name, and what it is good for.
     *
     * @param families the operator families that order its columns
     * @param hidden the schema of the operators by which it is ordered, where that is not on the search path; else null
     */
    private record Index(
            String name,
            List<String> columns,
            List<String> families,
            boolean primary,
            boolean unique,
            boolean immediate,
            boolean ordered,
            @Nullable String hidden) {

        boolean beginsWith(List<String> key) {
            return ordered
                    && columns.size() >= key.size()
                    && columns.subList(0, key.size()).equals(key);
        }

        boolean makesUnique(List<String> key) {
            return unique && new HashSet<>(key).containsAll(columns);
        }
    }

    /** Chooses how the table is paged: by the given key, else by its primary or another unique key, else by blocks. */
    Paging paging(List<String> key) throws SQLException {
        var columns = Jdbc.list(connection, COLUMNS, KeyCatalog::column, table.oid(), databaseVersion(), table.oid());
        var indexes = Jdbc.list(connection, INDEXES, KeyCatalog::index, table.oid());
        if (!key.isEmpty()) {
            requireUnique(key, indexes);
            return keyed(key, ordering(key, indexes), columns);
        }
        var chosen = indexes.stream()
                .filter(index -> index.unique() && index.ordered())
                .filter(index -> index.primary()
                        || columns.stream()
                                .noneMatch(column ->
                                        column.nullable() && index.columns().contains(column.plain())))
                .min((a, b) -> a.immediate() == b.immediate()
                        ? Boolean.compare(b.primary(), a.primary())
                        : Boolean.compare(b.immediate(), a.immediate()));
        if (chosen.isEmpty()) {
            return new BlockPaging(table);
        }
        requireImmediate(List.of(chosen.get()));
        return keyed(chosen.get().columns(), visible(chosen.get()), columns);
    }

    /** The version of the database's own collation. */
    private @Nullable String databaseVersion() throws SQLException {
        var told = Jdbc.first(connection, """
                        SELECT to_regprocedure('pg_catalog.pg_database_collation_actual_version(oid)') IS NOT NULL""", row -> row.getBoolean(1)).orElse(false);
        return Jdbc.list(
                        connection,
                        told ? VERSION_OF_DATABASE : VERSION_OF_LIBRARY,
                        row -> Optional.ofNullable(row.getString(1)))
                .get(0)
                .orElse(null);
    }

    private KeyPaging keyed(List<String> key, Index index, List<KeyColumn> columns) throws SQLException {
        var chosen = new ArrayList<KeyColumn>();
        for (var n = 0; n < key.size(); n++) {
            var name = key.get(n);
            chosen.add(columns.stream()
                    .filter(column -> column.plain().equals(name))
                    .findFirst()
                    .orElseThrow()
                    .orderedBy(index.families().get(n)));
        }
        return new KeyPaging(table, chosen, KeyTypes.of(connection, table, key));
    }

    private void requireUnique(List<String> key, List<Index> indexes) {
        var unique = indexes.stream().filter(index -> index.makesUnique(key)).toList();
        if (unique.isEmpty()) {
            throw new AsyncMigrationException.Permanent("nothing makes " + key + " unique in " + table.name()
                    + ", so rows with the same key could be left out or changed twice. Add a unique column at the end,"
                    + " such as the primary key.");
        }
        requireImmediate(unique);
    }

    private void requireImmediate(List<Index> unique) {
        if (unique.stream().noneMatch(Index::immediate)) {
            throw new AsyncMigrationException.Permanent(
                    "the key " + unique.get(0).columns() + " of " + table.name()
                            + " is made unique by a DEFERRABLE constraint only, "
                            + unique.get(0).name()
                            + ": until a transaction ends two of its rows may have the same key, and one could be left out or changed"
                            + " twice. Make it NOT DEFERRABLE, or choose another key by keyedBy(…).");
        }
    }

    private Index ordering(List<String> key, List<Index> indexes) {
        return visible(indexes.stream()
                .filter(index -> index.beginsWith(key))
                .findFirst()
                .orElseThrow(() -> new AsyncMigrationException.Permanent("no B-tree index of " + table.name()
                        + " begins with " + key
                        + ", so every batch would read the whole table. Create one first, or key"
                        + " by the primary key.")));
    }

    /** Where the operators of a type cannot be found, those of another are taken, which order otherwise: text for citext. */
    private Index visible(Index index) {
        if (index.hidden() != null) {
            throw new AsyncMigrationException.Permanent("the operators that order " + index.columns() + " of "
                    + table.name() + " are in schema " + index.hidden()
                    + ", which is not on the search path of workers. Add it, or"
                    + " choose another key by keyedBy(…).");
        }
        return index;
    }

    private static KeyColumn column(ResultSet row) throws SQLException {
        var name = row.getString("attname");
        var facts = new LinkedHashMap<String, String>();
        facts.put("the type of \"" + name + "\"", row.getString("declared"));
        if (!row.getString("collated").isEmpty()) {
            facts.put("the collation of \"" + name + "\"", row.getString("collated"));
        }
        if (row.getString("version") != null) {
            facts.put(WalkOrder.VERSION + " of the collation of \"" + name + "\"", row.getString("version"));
        }
        return new KeyColumn(
                name, row.getString("type"), row.getBoolean("nullable"), row.getBoolean("generated"), facts);
    }

    private static Index index(ResultSet row) throws SQLException {
        return new Index(
                row.getString("name"),
                words(row, "columns"),
                words(row, "families"),
                row.getBoolean("indisprimary"),
                row.getBoolean("indisunique"),
                row.getBoolean("indimmediate"),
                row.getBoolean("is_ordered"),
                row.getString("hidden"));
    }

    private static List<String> words(ResultSet row, String column) throws SQLException {
        return Arrays.stream((Object[]) row.getArray(column).getArray())
                .map(Object::toString)
                .toList();
    }
}

package dev.turnasync.resumable;

import dev.turnasync.jdbc.Jdbc;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A table that exists.
 *
 * @param oid its object id
 * @param name its name, with its schema
 * @param kind its letter in {@code pg_class}
 * @param unlogged whether it is empty after a crash
 * @param partition whether it is a partition of another table
 */
record Table(long oid, QualifiedName name, String kind, boolean unlogged, boolean partition) {

    private static final String PARTITIONED = "p";
    private static final String MATERIALIZED = "m";

    /** What has no rows that these changes could reach, by its letter in {@code pg_class}. */
    private static final Map<String, String> OTHERS = Map.of(
            "f",
                    " is no table of this database but a foreign one. Change it where it is, and here by run(\"ALTER FOREIGN TABLE …\").",
            "v",
                    " is no table but a view. Change the table behind it, and the view by run(\"CREATE OR REPLACE VIEW …\").");

    private static final String SELECT = """
            SELECT c.oid, n.nspname, c.relname, c.relkind, c.relispartition, c.relpersistence
            FROM pg_catalog.pg_class c
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            """;

    /** Finds a table along the search path. */
    static Table find(Connection connection, QualifiedName name) throws SQLException {
        return Jdbc.first(connection, SELECT + "WHERE c.oid = to_regclass(?)", Table::read, name.sql())
                .orElseThrow(() -> Refusal.of(
                        "there is no table " + name + ". Names are taken as written, upper and lower case included;"
                                + " write schema.table when it is not on the search path."));
    }

    /** Finds the table with an object id. */
    static Table find(Connection connection, long oid) throws SQLException {
        return Jdbc.first(connection, SELECT + "WHERE c.oid = CAST(? AS OID)", Table::read, oid)
                .orElseThrow(() -> Refusal.of("the table is gone in the meantime"));
    }

    /** Finds the partitions of a table, of the first level. */
    static List<Table> partitions(Connection connection, long parent) throws SQLException {
        return Jdbc.list(connection, SELECT + """
                JOIN pg_catalog.pg_inherits i ON i.inhrelid = c.oid
                WHERE i.inhparent = CAST(? AS OID)
                ORDER BY n.nspname, c.relname""", Table::read, parent);
    }

    /** Finds a partition, of any level, that is a foreign table. */
    static Optional<QualifiedName> foreignPartition(Connection connection, Table table) throws SQLException {
        return Jdbc.first(connection, """
                SELECT n.nspname, c.relname
                FROM pg_catalog.pg_partition_tree(CAST(CAST(? AS OID) AS REGCLASS)) AS t
                JOIN pg_catalog.pg_class c ON c.oid = t.relid
                JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relkind = 'f'
                ORDER BY n.nspname, c.relname""", row -> new QualifiedName(row.getString(1), row.getString(2)), table.oid());
    }

    private static Table read(ResultSet row) throws SQLException {
        var name = new QualifiedName(row.getString("nspname"), row.getString("relname"));
        var kind = row.getString("relkind");
        if (!Set.of("r", PARTITIONED, MATERIALIZED).contains(kind)) {
            throw Refusal.of(name + OTHERS.getOrDefault(kind, " is no table. Give the name of a table."));
        }
        if (row.getString("relpersistence").equals("t")) {
            throw Refusal.of(name + " is a temporary table, which this session alone sees, and which ends with it."
                    + " Nobody waits for its locks: change it by plain statements.");
        }
        return new Table(
                row.getLong("oid"),
                name,
                kind,
                row.getString("relpersistence").equals("u"),
                row.getBoolean("relispartition"));
    }

    /** Whether it is the parent of partitions. */
    boolean partitioned() {
        return kind.equals(PARTITIONED);
    }

    /** Refuses what has the rows of a query: it can have indexes, and nothing else. */
    Table requireOwnRows() {
        if (kind.equals(MATERIALIZED)) {
            throw Refusal.of(
                    name + " is a materialized view, whose columns and rows its query gives. Change its query, or"
                            + " the tables behind it.");
        }
        return this;
    }

    /** The name for SQL. */
    String sql() {
        return name.sql();
    }

    @Override
    public String toString() {
        return name.toString();
    }
}

package dev.turnasync.resumable;

import dev.turnasync.jdbc.Jdbc;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;

/**
 * A table that exists.
 *
 * @param oid its object id
 * @param name its name, with its schema
 * @param partitioned whether it is the parent of partitions
 */
record Table(long oid, QualifiedName name, boolean partitioned) {

    /** Plain and partitioned tables, and materialised views. */
    private static final Set<String> TABLES = Set.of("r", "p", "m");

    private static final String SELECT = """
            SELECT c.oid, n.nspname, c.relname, c.relkind
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

    private static Table read(ResultSet row) throws SQLException {
        var name = new QualifiedName(row.getString("nspname"), row.getString("relname"));
        var kind = row.getString("relkind");
        if (!TABLES.contains(kind)) {
            throw Refusal.of(name + " is no table. Give the name of a table.");
        }
        return new Table(row.getLong("oid"), name, kind.equals("p"));
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

package dev.turnasync.resumable;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.jdbc.Jdbc;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** Adds a column, as long as that is a change of the catalog alone. */
final class AddColumn {

    /**
     * What a definition does to a table.
     *
     * @param type the column's type, as the server writes it
     * @param rewrites whether the table is written anew
     * @param constrains whether it adds constraints other than NOT NULL
     */
    private record Effect(String type, boolean rewrites, boolean constrains) {}

    /** In which file a copy of the table is, and how many constraints it has. */
    private record Storage(long file, long constraints) {}

    /** The class of errors of syntax and definition, such as a REFERENCES of the temporary copy. */
    private static final String WRONG_SQL = "42";

    private static final String NOT_NULL_VIOLATION = "23502";

    private static final String ALONE = "add the column alone; then use addCheck(…), addForeignKey(…), or"
            + " createIndexConcurrently(…) and uniqueConstraintUsingIndex(…).";

    private static final String SAFE_WAY = "add it without NOT NULL and default, set the default with"
            + " run(\"ALTER TABLE … ALTER COLUMN … SET DEFAULT …\"), fill the rows there are in batches, then setNotNull(…).";

    private final Table table;
    private final String column;
    private final String sql;

    private AddColumn(Table table, String column, String definition) {
        this.table = table;
        this.column = column;
        this.sql = " ADD COLUMN " + Identifiers.quote(column) + " " + definition;
    }

    static void ifMissing(LockLadder ladder, Table table, String column, String definition) throws Exception {
        var addition = new AddColumn(table, column, definition);
        ladder.run("add the column " + column + " to " + table, List.of(table), tx -> {
            addition.run(tx.connection());
            return column;
        });
    }

    private void run(Connection connection) throws SQLException {
        var present = type(connection, table.sql());
        var effect = rehearse(connection);
        if (present.isEmpty()) {
            refusePartition();
            refuseWhenLong(effect);
            add(connection);
        } else if (!present.get().equals(effect.type())) {
            throw Refusal.of("the column " + column + " of " + table + " exists with another type. It is: "
                    + present.get() + ". Wanted is: " + effect.type() + ". Give the new one another name.");
        }
    }

    private void refusePartition() {
        if (table.partition()) {
            throw Refusal.of(
                    table + " is a partition, and has the columns of the table that it is a partition of. Add the"
                            + " column " + column + " to that one.");
        }
    }

    private void add(Connection connection) throws SQLException {
        try {
            Jdbc.execute(connection, "ALTER TABLE " + table.sql() + sql);
        } catch (SQLException e) {
            if (NOT_NULL_VIOLATION.equals(e.getSQLState())) {
                throw new AsyncMigrationException(
                        "the column " + column + " of " + table + " is NOT NULL without a default, and there are rows"
                                + " already. Give it a constant default, or " + SAFE_WAY,
                        e);
            }
            throw e;
        }
    }

    private void refuseWhenLong(Effect effect) {
        if (effect.rewrites()) {
            throw Refusal.of("to add the column " + column + " like this writes the whole table " + table
                    + " anew, and blocks everybody meanwhile: the default differs from row to row, or the column is"
                    + " generated. Instead " + SAFE_WAY);
        }
        if (effect.constrains()) {
            throw Refusal.of("to add the column " + column + " to " + table
                    + " with a constraint reads the whole table, or builds"
                    + " an index, and blocks everybody meanwhile. Instead " + ALONE);
        }
    }

    /** The copy is empty, so this takes no time; whether the server writes it anew does not depend on the rows. */
    private Effect rehearse(Connection connection) throws SQLException {
        try {
            return Rehearsal.on(connection, table, copy -> {
                Jdbc.execute(connection, "ALTER TABLE " + copy + " DROP COLUMN IF EXISTS " + Identifiers.quote(column));
                var before = storage(connection, copy);
                Jdbc.execute(connection, "ALTER TABLE " + copy + sql);
                var after = storage(connection, copy);
                return new Effect(
                        type(connection, copy).orElseThrow(),
                        before.file() != after.file(),
                        before.constraints() != after.constraints());
            });
        } catch (SQLException e) {
            if (e.getSQLState() != null && e.getSQLState().startsWith(WRONG_SQL)) {
                throw new AsyncMigrationException(
                        "the server refuses the column " + column + " of " + table + ": " + Refusal.sentence(e)
                                + " If it has a constraint, " + ALONE,
                        e);
            }
            throw e;
        }
    }

    private static Storage storage(Connection connection, String name) throws SQLException {
        return Jdbc.first(connection, """
                        SELECT pg_relation_filenode(t.oid) AS file,
                            (SELECT count(*) FROM pg_catalog.pg_constraint c
                                WHERE c.conrelid = t.oid AND c.contype <> 'n') AS constraints
                        FROM (SELECT to_regclass(?) AS oid) AS t""", row -> new Storage(row.getLong("file"), row.getLong("constraints")), name)
                .orElseThrow();
    }

    private Optional<String> type(Connection connection, String name) throws SQLException {
        return Jdbc.first(connection, """
                SELECT format_type(a.atttypid, a.atttypmod)
                    || CASE WHEN a.attcollation <> t.typcollation THEN format(' COLLATE %I', l.collname) ELSE '' END
                FROM pg_catalog.pg_attribute a
                JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
                LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
                WHERE a.attrelid = to_regclass(?) AND a.attname = ? AND a.attnum > 0 AND NOT a.attisdropped""", row -> row.getString(1), name, column);
    }
}

package dev.turnasync.resumable;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.jdbc.Jdbc;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Lets a column be NOT NULL without reading the table under a strong lock: a check that was validated beside the writers tells
 * the server that there is nothing to look for.
 */
final class NotNull {

    /**
     * How far it is.
     *
     * @param set whether the column is NOT NULL, for all rows
     * @param checked whether our check is there
     * @param unvalidated a NOT NULL that not all rows were seen to keep, from PostgreSQL 18 on; null when there is none
     */
    private record State(
            boolean set, boolean checked, @Nullable String unvalidated) {}

    /** What shows that all rows have a value. */
    @FunctionalInterface
    private interface Proof {
        void by(Constraints constraints) throws Exception;
    }

    /** A violated check, and a violated NOT NULL. */
    private static final Set<String> VIOLATIONS = Set.of("23514", "23502");

    private final AsyncContext context;
    private final LockLadder ladder;
    private final Table table;
    private final String column;
    private final String check;
    private final String expression;

    NotNull(AsyncContext context, LockLadder ladder, Table table, String column) {
        this.context = context;
        this.ladder = ladder;
        this.table = table;
        this.column = column;
        this.check = Identifiers.join(table.name().name() + "_" + column, "turnasync_not_null");
        this.expression = Identifiers.quote(column) + " IS NOT NULL";
    }

    void set() throws Exception {
        var state = context.inTransaction(tx -> state(tx.connection()));
        var unvalidated = state.unvalidated();
        if (unvalidated != null) {
            prove(constraints -> constraints.validate(table, unvalidated));
            state = context.inTransaction(tx -> state(tx.connection()));
        }
        if (!state.set()) {
            prove(constraints -> constraints.addCheck(table, check, expression));
        } else if (!state.checked()) {
            return;
        }
        ladder.run("set " + table + "." + column + " NOT NULL", List.of(table), tx -> {
            if (!state(tx.connection()).set()) {
                alter(tx.connection(), "ALTER COLUMN " + Identifiers.quote(column) + " SET NOT NULL");
            }
            return dropCheck(tx);
        });
    }

    /** Reads the table beside its writers. */
    private void prove(Proof proof) throws Exception {
        try {
            proof.by(new Constraints(context, ladder));
        } catch (AsyncMigrationException e) {
            if (e.getCause() instanceof SQLException cause && isViolation(cause)) {
                throw nullsLeft(cause);
            }
            throw e;
        }
    }

    private static boolean isViolation(SQLException cause) {
        return cause.getSQLState() != null && VIOLATIONS.contains(cause.getSQLState());
    }

    /** Left in place, the check would refuse every change of the rows that are to be mended. */
    private AsyncMigrationException nullsLeft(SQLException cause) throws Exception {
        ladder.run("drop the check " + check + " of " + table, List.of(table), this::dropCheck);
        return new AsyncMigrationException(
                "the column " + column + " of " + table
                        + " cannot be NOT NULL: there are rows without a value, such as "
                        + context.inTransaction(tx -> sample(tx.connection()))
                        + ". The column is as it was. Fill them, see that new rows have a value, then retry.",
                cause);
    }

    private String dropCheck(FencedTransaction tx) throws SQLException {
        alter(tx.connection(), "DROP CONSTRAINT IF EXISTS " + Identifiers.quote(check));
        return check;
    }

    private void alter(Connection connection, String change) throws SQLException {
        Jdbc.execute(connection, "ALTER TABLE " + table.sql() + " " + change);
    }

    private State state(Connection connection) throws SQLException {
        return Jdbc.first(
                        connection,
                        """
                        SELECT a.attnotnull AND n.conname IS NULL AS is_set, n.conname AS unvalidated,
                            EXISTS (SELECT 1 FROM pg_catalog.pg_constraint c
                                WHERE c.conrelid = a.attrelid AND c.conname = ?) AS checked
                        FROM pg_catalog.pg_attribute a
                        LEFT JOIN pg_catalog.pg_constraint n ON n.conrelid = a.attrelid AND n.contype = 'n'
                            AND NOT n.convalidated AND a.attnum = ANY (n.conkey)
                        WHERE a.attrelid = ? AND a.attname = ? AND a.attnum > 0
                            AND NOT a.attisdropped""",
                        row -> new State(
                                row.getBoolean("is_set"), row.getBoolean("checked"), row.getString("unvalidated")),
                        check,
                        table.oid(),
                        column)
                .orElseThrow(() -> Refusal.of("the table " + table + " has no column " + column + ". Add it before."));
    }

    /** The primary key of a row without a value; its place in the table when there is no key. */
    private String sample(Connection connection) throws SQLException {
        var key = Jdbc.list(connection, """
                SELECT a.attname
                FROM pg_catalog.pg_index x
                JOIN pg_catalog.pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = ANY (x.indkey)
                WHERE x.indrelid = ? AND x.indisprimary
                ORDER BY a.attnum""", row -> row.getString(1), table.oid());
        var columns = key.isEmpty() ? List.of("ctid") : key;
        NoTimeouts.inTransaction(connection);
        return Jdbc.first(
                        connection,
                        columns.stream()
                                .map(name -> "CAST(" + Identifiers.quote(name) + " AS TEXT)")
                                .collect(Collectors.joining(
                                        ", ",
                                        "SELECT concat_ws(', ', ",
                                        ") FROM " + table.sql() + " WHERE " + Identifiers.quote(column)
                                                + " IS NULL LIMIT 1")),
                        row -> "(" + String.join(", ", columns) + ") = (" + row.getString(1) + ")")
                .orElse("one that is gone by now");
    }
}

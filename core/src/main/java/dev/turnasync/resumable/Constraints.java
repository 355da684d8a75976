package dev.turnasync.resumable;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.jdbc.Jdbc;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** Adds constraints in two steps: one that needs a strong lock for a moment, and one that reads the table beside its writers. */
final class Constraints {

    /**
     * A constraint that exists.
     *
     * @param kind its letter in {@code pg_constraint}
     * @param validated whether all rows were seen to keep it
     * @param definition its definition
     * @param index the object id of its index; 0 when it has none
     */
    record Found(String kind, boolean validated, String definition, long index) {}

    /** Says that a constraint of that name is what was wanted. */
    @FunctionalInterface
    interface Check {
        void requireSame(Connection connection, Found found) throws SQLException;
    }

    private static final String UNVALIDATED = " NOT VALID";

    private final AsyncContext context;
    private final LockLadder ladder;

    Constraints(AsyncContext context, LockLadder ladder) {
        this.context = context;
        this.ladder = ladder;
    }

    void addCheck(Table table, String name, String expression) throws Exception {
        var definition = "CHECK (" + expression + ")";
        addUnvalidated(List.of(table), name, definition, (connection, found) -> {
            var wanted = rehearse(connection, table, definition);
            if (!found.definition().equals(wanted)) {
                throw differs(table, name, found, wanted);
            }
        });
        validate(table, name);
    }

    /** Adds a constraint to the first of some tables, which holds for what is written from then on, unless it is there. */
    void addUnvalidated(List<Table> tables, String name, String definition, Check check) throws Exception {
        var table = tables.get(0);
        ladder.run("add the constraint " + name + " to " + table, tables, tx -> {
            var found = find(tx.connection(), table, name);
            if (found.isPresent()) {
                check.requireSame(tx.connection(), found.get());
            } else {
                Jdbc.execute(
                        tx.connection(),
                        "ALTER TABLE " + table.sql() + " ADD CONSTRAINT " + Identifiers.quote(name) + " " + definition
                                + UNVALIDATED);
            }
            return found;
        });
    }

    static AsyncMigrationException differs(Table table, String name, Found found, String wanted) {
        return Refusal.of("the constraint " + name + " of " + table + " exists with another definition. It is: "
                + found.definition() + ". Wanted is: " + wanted
                + ". Drop it first, or give the new one another name.");
    }

    /** Reads the whole table, beside those who write to it. */
    void validate(Table table, String name) throws Exception {
        if (context.inTransaction(tx -> find(tx.connection(), table, name))
                .filter(Found::validated)
                .isPresent()) {
            return;
        }
        context.log("validating the constraint " + name + " of " + table);
        try {
            context.inTransaction(tx -> {
                // Nobody who reads or writes queues behind its lock, so it may wait.
                Jdbc.execute(tx.connection(), "SET LOCAL lock_timeout = 0");
                NoTimeouts.inTransaction(tx.connection());
                Jdbc.execute(
                        tx.connection(),
                        "ALTER TABLE " + table.sql() + " VALIDATE CONSTRAINT " + Identifiers.quote(name));
                return name;
            });
        } catch (SQLException e) {
            if (e.getSQLState() == null || !e.getSQLState().startsWith("23")) {
                throw e;
            }
            throw new AsyncMigrationException.Permanent(
                    "rows of " + table + " break the constraint " + name + ": " + Refusal.sentence(e)
                            + " It stays NOT VALID, which holds for rows written from now on. Mend these rows, then retry.",
                    e);
        }
    }

    /** Finds a constraint of a table. */
    static Optional<Found> find(Connection connection, Table table, String name) throws SQLException {
        return Jdbc.first(
                connection,
                """
                SELECT contype, convalidated, conindid, pg_get_constraintdef(oid) AS definition
                FROM pg_catalog.pg_constraint
                WHERE conrelid = ? AND conname = ?""",
                row -> new Found(
                        row.getString("contype"),
                        row.getBoolean("convalidated"),
                        withoutSuffix(row.getString("definition")),
                        row.getLong("conindid")),
                table.oid(),
                name);
    }

    private static String withoutSuffix(String definition) {
        return definition.endsWith(UNVALIDATED)
                ? definition.substring(0, definition.length() - UNVALIDATED.length())
                : definition;
    }

    /** What the server makes of a definition. */
    static String rehearse(Connection connection, Table table, String definition) throws SQLException {
        return Rehearsal.on(connection, table, copy -> {
            Jdbc.execute(connection, "ALTER TABLE " + copy + " ADD CONSTRAINT turnasync_wanted " + definition);
            return Jdbc.first(connection, """
                            SELECT pg_get_constraintdef(oid)
                            FROM pg_catalog.pg_constraint
                            WHERE conrelid = to_regclass(?) AND conname = 'turnasync_wanted'""", row -> row.getString(1), copy).orElseThrow();
        });
    }
}

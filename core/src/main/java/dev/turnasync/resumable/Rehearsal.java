package dev.turnasync.resumable;

import dev.turnasync.jdbc.Jdbc;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * Tries something on an empty copy of a table, to learn from the server what it would become. The copy has the table's name, so
 * that expressions may use it, is seen by no other session, and is gone afterwards.
 */
final class Rehearsal {

    /**
     * What is tried.
     *
     * @param <T> what it tells
     */
    @FunctionalInterface
    interface Trial<T> {

        /** Tries it on the copy, whose name for SQL is given. */
        T run(String copy) throws SQLException;
    }

    private Rehearsal() {}

    /** Fails when the role may not create a temporary table. */
    static void requireRight(Connection connection) throws SQLException {
        var grant = Jdbc.first(connection, """
                SELECT format('GRANT TEMPORARY ON DATABASE %I TO %I', current_database(), current_user)
                WHERE NOT has_database_privilege(current_database(), 'TEMPORARY')""", row -> row.getString(1));
        if (grant.isPresent()) {
            throw Refusal.of(
                    "this role may create no temporary table, on which the server tells what a definition would"
                            + " become. Let the owner of the database run: " + grant.get());
        }
    }

    /** Tries something in the transaction that the connection is in. */
    static <T> T on(Connection connection, Table table, Trial<T> trial) throws SQLException {
        requireRight(connection);
        var before = connection.setSavepoint();
        try {
            var name = Identifiers.quote(table.name().name());
            Jdbc.execute(connection, "CREATE TEMPORARY TABLE " + name + " (LIKE " + table.sql() + ")");
            return trial.run("pg_temp." + name);
        } finally {
            connection.rollback(before);
        }
    }
}

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

    /** Tries something in the transaction that the connection is in. */
    static <T> T on(Connection connection, Table table, Trial<T> trial) throws SQLException {
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

package dev.turnasync.jdbc;

import dev.turnasync.spi.LeaseToken;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Runs single statements on a connection. A {@link LeaseToken} stands for two parameters: its number and its holder. Stateless. */
public final class Jdbc {

    private Jdbc() {}

    /**
     * Maps the current row of a result.
     *
     * @param <T> what it becomes
     */
    @FunctionalInterface
    public interface Row<T> {

        /**
         * Maps a row.
         *
         * @param row the result, at the row
         * @return what it becomes
         * @throws SQLException if the row cannot be read
         */
        T map(ResultSet row) throws SQLException;
    }

    /** Work inside a transaction. */
    @FunctionalInterface
    interface Work<T> {
        T run() throws SQLException;
    }

    /**
     * Runs a statement that changes rows.
     *
     * @param connection the connection
     * @param sql the statement
     * @param arguments its parameters
     * @return how many rows it changed
     * @throws SQLException if the database refuses
     */
    public static int update(Connection connection, String sql, @Nullable Object... arguments) throws SQLException {
        if (arguments.length == 0) {
            try (var statement = plain(connection)) {
                return statement.executeUpdate(sql);
            }
        }
        try (var statement = connection.prepareStatement(sql)) {
            bind(statement, arguments);
            return statement.executeUpdate();
        }
    }

    /**
     * Runs statements without parameters.
     *
     * @param connection the connection
     * @param sql the statements
     * @throws SQLException if the database refuses
     */
    public static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = plain(connection)) {
            statement.execute(sql);
        }
    }

    /**
     * Reads all rows of a query.
     *
     * @param connection the connection
     * @param sql the query
     * @param row maps each row
     * @param arguments its parameters
     * @param <T> what a row becomes
     * @return the rows
     * @throws SQLException if the database refuses
     */
    public static <T> List<T> list(Connection connection, String sql, Row<T> row, @Nullable Object... arguments)
            throws SQLException {
        if (arguments.length == 0) {
            try (var statement = plain(connection)) {
                return rows(statement.executeQuery(sql), row);
            }
        }
        try (var statement = connection.prepareStatement(sql)) {
            bind(statement, arguments);
            return rows(statement.executeQuery(), row);
        }
    }

    private static <T> List<T> rows(ResultSet result, Row<T> row) throws SQLException {
        try (result) {
            var rows = new ArrayList<T>();
            while (result.next()) {
                rows.add(row.map(result));
            }
            return rows;
        }
    }

    /** Takes SQL as it is: an author's may hold operators with a question mark, and braces. */
    private static Statement plain(Connection connection) throws SQLException {
        var statement = connection.createStatement();
        statement.setEscapeProcessing(false);
        return statement;
    }

    /**
     * Reads the first row of a query.
     *
     * @param connection the connection
     * @param sql the query
     * @param row maps the row
     * @param arguments its parameters
     * @param <T> what a row becomes
     * @return the row; empty when there is none
     * @throws SQLException if the database refuses
     */
    public static <T> Optional<T> first(Connection connection, String sql, Row<T> row, @Nullable Object... arguments)
            throws SQLException {
        return list(connection, sql, row, arguments).stream().findFirst();
    }

    /**
     * Tells whether a pooler stands between a connection and the server.
     *
     * @param connection a connection
     * @return true when statements outside a transaction may run anywhere
     * @throws SQLException if the connection is broken
     */
    public static boolean isPooled(Connection connection) throws SQLException {
        return PostgresDriver.isPooled(connection);
    }

    /** Runs work in a transaction of its own on a connection in autocommit mode. */
    static <T> T inTransaction(Connection connection, Work<T> work) throws SQLException {
        connection.setAutoCommit(false);
        try {
            // Whoever waits for a row's lock must see what the other one did, whatever the default of the database is.
            execute(connection, "SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
            var result = work.run();
            connection.commit();
            return result;
        } catch (SQLException | RuntimeException | Error e) {
            rollback(connection, e);
            throw e;
        } finally {
            connection.setAutoCommit(true);
        }
    }

    /** Runs work as {@link #inTransaction} would, and rolls it back. */
    static <T> T rehearse(Connection connection, Work<T> work) throws SQLException {
        return inTransaction(connection, () -> {
            var result = work.run();
            connection.rollback();
            return result;
        });
    }

    static void rollback(Connection connection, Throwable cause) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            cause.addSuppressed(e);
        }
    }

    static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    static @Nullable Instant instantOrNull(ResultSet row, String column) throws SQLException {
        var time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    private static void bind(PreparedStatement statement, @Nullable Object... arguments) throws SQLException {
        var place = 1;
        for (var argument : arguments) {
            if (argument instanceof LeaseToken token) {
                statement.setObject(place++, token.number());
                statement.setObject(place++, token.holder());
            } else if (argument instanceof StoredText told) {
                statement.setObject(place++, told.on(statement.getConnection()));
            } else {
                statement.setObject(place++, argument);
            }
        }
    }
}

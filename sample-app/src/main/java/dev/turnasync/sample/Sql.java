package dev.turnasync.sample;

import java.sql.SQLException;
import javax.sql.DataSource;

/** One statement on a connection of its own. */
final class Sql {

    private Sql() {}

    static void execute(DataSource database, String sql, Object... arguments) throws SQLException {
        try (var connection = database.getConnection();
                var statement = connection.prepareStatement(sql)) {
            for (var i = 0; i < arguments.length; i++) {
                statement.setObject(i + 1, arguments[i]);
            }
            statement.execute();
        }
    }

    /** Returns the first column of the first row. */
    static String text(DataSource database, String sql) throws SQLException {
        try (var connection = database.getConnection();
                var statement = connection.createStatement();
                var result = statement.executeQuery(sql)) {
            result.next();
            return String.valueOf(result.getString(1));
        }
    }

    static long number(DataSource database, String sql) throws SQLException {
        return Long.parseLong(text(database, sql));
    }
}

package dev.turnasync.chaos;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/** One database as the tests see it, on a connection of their own that is opened again when it broke. For use by one thread. */
final class Database implements AutoCloseable {

    /** Maps a row. */
    @FunctionalInterface
    interface Mapper<T> {
        T map(ResultSet row) throws SQLException;
    }

    /** Nothing that an application's user may not do is meant for it. */
    static final String SUPERUSER = "postgres";

    private static final System.Logger LOG = System.getLogger(Database.class.getName());

    private final String name;
    private final PGSimpleDataSource dataSource;
    private @Nullable Connection connection;

    Database(String name, int port) {
        this(name, port, SUPERUSER);
    }

    Database(String name, int port, String user) {
        this.name = name;
        this.dataSource = new PGSimpleDataSource();
        dataSource.setURL(url(name, port));
        dataSource.setUser(user);
        dataSource.setApplicationName("chaos");
        dataSource.setConnectTimeout(2);
    }

    static String url(String name, int port) {
        return "jdbc:postgresql://localhost:" + port + "/" + name;
    }

    String name() {
        return name;
    }

    DataSource dataSource() {
        return dataSource;
    }

    <T> List<T> list(String sql, Mapper<T> mapper, Object... arguments) {
        try (var statement = connection().prepareStatement(sql)) {
            for (var i = 0; i < arguments.length; i++) {
                statement.setObject(i + 1, arguments[i]);
            }
            try (var result = statement.executeQuery()) {
                var rows = new ArrayList<T>();
                while (result.next()) {
                    rows.add(mapper.map(result));
                }
                return rows;
            }
        } catch (SQLException e) {
            close();
            throw new IllegalStateException(sql, e);
        }
    }

    /** The first row; empty also while the database cannot be reached. */
    <T> Optional<T> look(String sql, Mapper<T> mapper, Object... arguments) {
        try {
            return list(sql, mapper, arguments).stream().findFirst();
        } catch (IllegalStateException e) {
            LOG.log(System.Logger.Level.DEBUG, "the database is away", e);
            return Optional.empty();
        }
    }

    /** The number that a query returns; -1 while the database cannot be reached. */
    int number(String sql, Object... arguments) {
        return look(sql, row -> row.getInt(1), arguments).orElse(-1);
    }

    void execute(String sql) {
        execute(dataSource, sql);
    }

    static void execute(DataSource dataSource, String sql) {
        try (var own = dataSource.getConnection();
                var statement = own.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    private Connection connection() throws SQLException {
        var open = connection;
        if (open == null) {
            open = dataSource.getConnection();
            connection = open;
        }
        return open;
    }

    @Override
    public void close() {
        try {
            if (connection != null) {
                connection.close();
            }
        } catch (SQLException e) {
            LOG.log(System.Logger.Level.DEBUG, "the connection was broken", e);
        } finally {
            connection = null;
        }
    }
}

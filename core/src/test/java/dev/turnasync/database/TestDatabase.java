package dev.turnasync.database;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A fresh PostgreSQL database for one test, on a server that all tests of this JVM share. The server starts with the first
 * database and ends with the JVM.
 */
public final class TestDatabase implements AutoCloseable {

    private final String name;
    private final PGSimpleDataSource dataSource;

    private TestDatabase(String name) {
        this.name = name;
        this.dataSource = connectTo(name, "postgres");
    }

    /** Creates an empty database. */
    public static TestDatabase fresh() {
        var name = "test_" + UUID.randomUUID().toString().replace("-", "");
        onServer("CREATE DATABASE " + name);
        return new TestDatabase(name);
    }

    /** Connects as the server's superuser, with a new connection each time. */
    public PGSimpleDataSource dataSource() {
        return dataSource;
    }

    /** Connects as a role, which must exist; no password is asked. */
    public PGSimpleDataSource dataSourceAs(String role) {
        return connectTo(name, role);
    }

    /** The JDBC URL, with the superuser in it. */
    public String url() {
        return dataSource.getURL() + "&user=postgres";
    }

    /** Runs a query on a connection of its own; each row maps column names to values, in the query's order. */
    public List<Map<String, @Nullable Object>> query(String sql, @Nullable Object... arguments) {
        try (var connection = dataSource.getConnection();
                var statement = connection.prepareStatement(sql)) {
            bind(statement, arguments);
            try (var result = statement.executeQuery()) {
                var rows = new ArrayList<Map<String, @Nullable Object>>();
                while (result.next()) {
                    rows.add(row(result));
                }
                return rows;
            }
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    /** Runs a query of one column. */
    public List<@Nullable Object> column(String sql, @Nullable Object... arguments) {
        var values = new ArrayList<@Nullable Object>();
        query(sql, arguments).forEach(row -> values.addAll(row.values()));
        return values;
    }

    /** Runs statements on a connection of its own and commits. */
    public void execute(String sql) {
        run(dataSource, sql);
    }

    /** Drops the database, whoever is connected to it. */
    @Override
    public void close() {
        onServer("DROP DATABASE " + name + " WITH (FORCE)");
    }

    private static void bind(PreparedStatement statement, @Nullable Object... arguments) throws SQLException {
        for (var i = 0; i < arguments.length; i++) {
            statement.setObject(i + 1, arguments[i]);
        }
    }

    private static Map<String, @Nullable Object> row(ResultSet result) throws SQLException {
        var row = new LinkedHashMap<String, @Nullable Object>();
        var columns = result.getMetaData();
        for (var i = 1; i <= columns.getColumnCount(); i++) {
            row.put(columns.getColumnLabel(i), result.getObject(i));
        }
        return row;
    }

    private static void onServer(String sql) {
        run(connectTo("postgres", "postgres"), sql);
    }

    private static void run(PGSimpleDataSource dataSource, String sql) {
        try (Connection connection = dataSource.getConnection();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    private static PGSimpleDataSource connectTo(String database, String role) {
        var source = new PGSimpleDataSource();
        source.setServerNames(new String[] {"localhost"});
        source.setPortNumbers(new int[] {Server.POSTGRES.getPort()});
        source.setDatabaseName(database);
        source.setUser(role);
        source.setTcpKeepAlive(true);
        return source;
    }

    /** The server, started when first used; the library stops it when the JVM ends. */
    private static final class Server {
        private static final EmbeddedPostgres POSTGRES = start();

        private static EmbeddedPostgres start() {
            try {
                return EmbeddedPostgres.builder()
                        .setServerConfig("max_connections", "200")
                        .setServerConfig("fsync", "off")
                        .setServerConfig("autovacuum", "off")
                        .start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}

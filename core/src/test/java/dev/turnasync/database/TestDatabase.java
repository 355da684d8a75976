package dev.turnasync.database;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/** A fresh PostgreSQL database for one test, on a server that all tests of this JVM share. */
public final class TestDatabase implements AutoCloseable {

    private final String name;
    private final PGSimpleDataSource dataSource;

    TestDatabase(String name) {
        this.name = name;
        this.dataSource = TestServer.connectTo(name, "postgres");
    }

    /** Creates an empty database. */
    public static TestDatabase fresh() {
        return fresh(
                "empty", empty -> empty.execute("SELECT 1")); // a first session leaves a cache of the catalog behind
    }

    /**
     * Creates a database that has been prepared.
     *
     * @param state a name for what it is like then, which no other preparation in this JVM has
     * @param preparation what to do with an empty database; done once, and then copied
     */
    public static TestDatabase fresh(String state, Consumer<TestDatabase> preparation) {
        return new TestDatabase(TestServer.create(state, preparation));
    }

    /** The name of the database. */
    public String name() {
        return name;
    }

    /** Creates an empty database whose text is in another encoding than UTF-8. */
    public static TestDatabase encoded(String encoding) {
        return new TestDatabase(TestServer.createEncoded(encoding));
    }

    /** Creates an empty database whose text is ordered by ICU, from version 15 on. */
    public static TestDatabase orderedByIcu() {
        return new TestDatabase(TestServer.createOrderedByIcu());
    }

    /** Connects as the server's superuser, with a new connection each time. */
    public PGSimpleDataSource dataSource() {
        return dataSource;
    }

    /** Connects as a role, which must exist; no password is asked. */
    public PGSimpleDataSource dataSourceAs(String role) {
        return TestServer.connectTo(name, role);
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
        TestServer.drop(name);
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

    private static void run(PGSimpleDataSource dataSource, String sql) {
        try (var connection = dataSource.getConnection();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }
}

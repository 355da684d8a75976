package dev.turnasync.cli;

import dev.turnasync.api.EntryStatus;
import dev.turnasync.database.TestDatabase;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;

/**
 * A migrated database with the queued entries 2, 3 and 4, and the command line over it. Its clock stands still at
 * {@code 2026-03-01T10:00:00Z} unless a test runs a process.
 */
final class Shop implements AutoCloseable {

    static final String LOCATION = "classpath:dev/turnasync/cli/fixture/shop";

    private final TestDatabase database;
    private CommandLineRun.Surrounding surrounding;

    private Shop(TestDatabase database) {
        this.database = database;
        this.surrounding = CommandLineRun.inPipe().with("TURNASYNC_URL", database.url());
    }

    /** An empty database. */
    static Shop empty() {
        return new Shop(TestDatabase.fresh());
    }

    /** A database on which the deploy has just run. */
    static Shop migrated() {
        var database = TestDatabase.fresh(
                "shop", empty -> flyway(empty, LOCATION).load().migrate());
        database.execute("""
                UPDATE async_schema_migrations SET queued_at = clock_timestamp(), status_since = clock_timestamp();
                UPDATE flyway_schema_history SET installed_on = localtimestamp""");
        return new Shop(database);
    }

    FluentConfiguration flyway(String location) {
        return flyway(database, location);
    }

    private static FluentConfiguration flyway(TestDatabase database, String location) {
        return Flyway.configure().dataSource(database.dataSource()).locations(location);
    }

    TestDatabase database() {
        return database;
    }

    String url() {
        return database.url();
    }

    /** Makes a migration fail in a way that repeating cannot mend. */
    Shop failing(String version, String message) {
        return failing(version, message, "42P01");
    }

    /** Makes a migration fail with a SQLSTATE. */
    Shop failing(String version, String message, String sqlState) {
        try (var connection = database.dataSource().getConnection();
                var statement = connection.prepareStatement("INSERT INTO obstacle VALUES (?, ?, ?)")) {
            statement.setString(1, version);
            statement.setString(2, message);
            statement.setString(3, sqlState);
            statement.executeUpdate();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return this;
    }

    /** Sets the variables and the terminal of the runs that follow. */
    Shop in(CommandLineRun.Surrounding other) {
        this.surrounding = other.with("TURNASYNC_URL", database.url());
        return this;
    }

    CommandLineRun run(String... arguments) {
        return surrounding.run(arguments);
    }

    CommandLineRun drain(String... options) {
        var words = new ArrayList<>(List.of("drain", "--location", LOCATION));
        words.addAll(List.of(options));
        return run(words.toArray(String[]::new));
    }

    EntryStatus status(String key) {
        return EntryStatus.valueOf((String) Objects.requireNonNull(entry(key).get("status")));
    }

    Map<String, Object> entry(String key) {
        return database.query("SELECT * FROM async_schema_migrations WHERE entry_key = ? ORDER BY generation DESC", key)
                .get(0);
    }

    @Override
    public void close() {
        database.close();
    }
}

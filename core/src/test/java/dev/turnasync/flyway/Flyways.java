package dev.turnasync.flyway;

import dev.turnasync.database.TestDatabase;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.core.api.migration.JavaMigration;
import org.jspecify.annotations.Nullable;

/** Makes Flyway instances for tests and reads what they wrote. */
final class Flyways {

    private static final String FIXTURES = "classpath:dev/turnasync/flyway/fixture/";

    private Flyways() {}

    /** Configures Flyway with the fixtures in these folders and no others. */
    static FluentConfiguration scanning(TestDatabase database, String... folders) {
        var locations = new String[folders.length];
        for (var i = 0; i < folders.length; i++) {
            locations[i] = FIXTURES + folders[i];
        }
        return Flyway.configure().dataSource(database.dataSource()).locations(locations);
    }

    /** Configures Flyway with these objects only. */
    static FluentConfiguration with(TestDatabase database, JavaMigration... migrations) {
        return scanning(database).javaMigrations(migrations);
    }

    /** Turns the queue off by Flyway's own setting. */
    static FluentConfiguration inline(FluentConfiguration configuration) {
        var settings = Objects.requireNonNull(FlywayInternals.extension(configuration));
        settings.setMode("inline");
        return configuration;
    }

    static List<Map<String, @Nullable Object>> history(TestDatabase database) {
        return database.query("""
                SELECT version, description, type, script, checksum, success
                FROM flyway_schema_history
                ORDER BY installed_rank""");
    }

    static List<@Nullable Object> versions(TestDatabase database) {
        return database.column("SELECT COALESCE(version, 'R') FROM flyway_schema_history ORDER BY installed_rank");
    }

    static List<@Nullable Object> queue(TestDatabase database) {
        return database.column("SELECT entry_key FROM async_schema_migrations ORDER BY id");
    }

    static List<@Nullable Object> ran(TestDatabase database) {
        database.execute("CREATE TABLE IF NOT EXISTS ran (step TEXT NOT NULL)");
        return database.column("SELECT step FROM ran ORDER BY ctid");
    }

    static List<@Nullable Object> tables(TestDatabase database) {
        return database.column("SELECT tablename::TEXT FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename");
    }
}

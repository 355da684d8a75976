package dev.turnasync.jobrunr;

import static org.awaitility.Awaitility.await;

import dev.turnasync.api.EntryStatus;
import dev.turnasync.database.TestDatabase;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.migration.JavaMigration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** What the tests with a real database and a real JobRunr share. */
abstract class Scenario {

    static final Duration SOON = Duration.ofMinutes(3);

    TestDatabase database;

    @BeforeEach
    void createDatabase() {
        database = TestDatabase.fresh();
        database.execute("CREATE TABLE ran (id SERIAL PRIMARY KEY, step TEXT NOT NULL)");
    }

    @AfterEach
    void dropDatabase() {
        database.close();
    }

    /** Configures Flyway with these migrations only, in a schema that is not empty. */
    Flyway flyway(JavaMigration... migrations) {
        return Flyway.configure()
                .dataSource(database.dataSource())
                .locations(new String[0])
                .javaMigrations(migrations)
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .load();
    }

    /** A migration that notes that it ran. */
    static Scripted noting(String version, String description) {
        return Scripted.of(version, description, context -> {
            try (var statement = context.getConnection().prepareStatement("INSERT INTO ran (step) VALUES (?)")) {
                statement.setString(1, version);
                statement.execute();
            }
        });
    }

    /** A migration that fails so many times, then notes that it ran. */
    static Scripted failing(String version, AtomicInteger failures) {
        return Scripted.of(version, "fails", context -> {
            if (failures.getAndDecrement() > 0) {
                throw new IllegalStateException("the disk of " + version + " is full");
            }
            noting(version, "").migrate(context);
        });
    }

    List<@Nullable Object> ran() {
        return database.column("SELECT step FROM ran ORDER BY id");
    }

    static Optional<EntryStatus> status(Node node, String key) {
        return node.async.queue().find(key).map(entry -> entry.status());
    }

    static void awaitStatus(Node node, String key, EntryStatus status) {
        await("status of " + key).atMost(SOON).until(() -> status(node, key), Optional.of(status)::equals);
    }
}

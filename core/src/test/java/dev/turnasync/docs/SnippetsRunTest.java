package dev.turnasync.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.database.TestDatabase;
import dev.turnasync.docs.snippets.GettingStarted;
import dev.turnasync.docs.snippets.ManyShards;
import dev.turnasync.docs.snippets.V7__Backfill_email_domain;
import dev.turnasync.docs.snippets.V8__Backfill_order_totals;
import java.util.ArrayList;
import java.util.List;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;

/** What README shows does what README says. */
class SnippetsRunTest {

    private static Flyway flyway(TestDatabase database) {
        return Flyway.configure()
                .dataSource(database.dataSource())
                .locations("classpath:dev/turnasync/docs/snippets")
                .baselineOnMigrate(true)
                .load();
    }

    private static TestDatabase shop() {
        var database = TestDatabase.fresh();
        database.execute("""
                CREATE TABLE users (email TEXT, domain TEXT);
                INSERT INTO users VALUES ('ada@example.org', NULL);
                CREATE TABLE orders (id BIGINT PRIMARY KEY, price INT, amount INT, total INT);
                INSERT INTO orders SELECT n * 1000, n, 2, NULL FROM generate_series(1, 1000) n""");
        return database;
    }

    @Test
    void queuesAndRunsTheMigrationsShown() {
        try (var database = shop()) {
            flyway(database).migrate();
            assertThat(database.column("SELECT domain FROM users")).containsOnlyNulls();

            try (var async = AsyncMigrations.of(flyway(database))) {
                assertThat(async.drain().succeeded()).isEqualTo(2);
                assertThat(async.queue().list())
                        .extracting(entry -> entry.identity().script())
                        .containsExactly(
                                V7__Backfill_email_domain.class.getName(), V8__Backfill_order_totals.class.getName());
                assertThat(async.queue().check().isHealthy()).isTrue();
            }
            assertThat(database.column("SELECT domain FROM users")).containsExactly("example.org");
            assertThat(database.column("SELECT count(*) FROM orders WHERE total = price * amount"))
                    .containsExactly(1000L);
        }
    }

    @Test
    void dropsAColumnOnlyWhenTheBackfillHasEnded() {
        try (var database = shop()) {
            database.execute("ALTER TABLE users ADD COLUMN old_email TEXT");
            var flyway = Flyway.configure()
                    .configuration(flyway(database).getConfiguration())
                    .locations("classpath:dev/turnasync/docs/snippets", "classpath:dev/turnasync/docs/fleet")
                    .load();

            assertThatThrownBy(flyway::migrate)
                    .hasMessageContaining("requires [7]")
                    .hasMessageContaining("QUEUED");
            try (var async = AsyncMigrations.of(flyway)) {
                async.drain();
            }

            assertThat(flyway.migrate().migrationsExecuted).isEqualTo(1);
        }
    }

    @Test
    void rollsOutOverShards() {
        try (var eu1 = shop();
                var eu2 = shop();
                var us1 = shop()) {
            ManyShards.rollOut(flyway(eu1), flyway(eu2), flyway(us1));

            assertThat(List.of(eu1, eu2, us1))
                    .allSatisfy(database -> assertThat(database.column("SELECT domain FROM users"))
                            .containsExactly("example.org"));
            try (var async = ManyShards.worker(flyway(eu1))) {
                assertThat(async.queueName()).startsWith("eu-1/");
            }
        }
    }

    @Test
    void watchesAndDrainsWithoutAScheduler() {
        try (var database = shop()) {
            var flyway = flyway(database);
            try (var async = GettingStarted.worker(flyway)) {
                flyway.migrate();
                await().untilAsserted(() -> assertThat(async.queue().list())
                        .hasSize(2)
                        .allMatch(entry -> entry.status() == EntryStatus.SUCCEEDED));
            }
        }
    }

    @Test
    void takesTheOptionsShown() {
        try (var database = shop()) {
            var flyway = flyway(database);
            flyway.migrate();
            var heard = new ArrayList<String>();
            try (var async = GettingStarted.options(flyway, database.dataSource(), entry -> heard.add(entry.key()))) {
                async.drain();
            }
            assertThat(heard).contains("7", "8");
        }
    }
}

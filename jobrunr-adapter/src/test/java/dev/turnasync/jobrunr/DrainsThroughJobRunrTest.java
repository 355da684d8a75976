package dev.turnasync.jobrunr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.database.TestDatabase;
import java.util.List;
import org.flywaydb.core.Flyway;
import org.jobrunr.jobs.Job;
import org.jobrunr.jobs.states.StateName;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** JobRunr's own tables beside ours, in PostgreSQL. */
class DrainsThroughJobRunrTest extends Scenario {

    @Test
    void runsEachMigrationOnceAndInOrderAndAsAJobOfItsOwn() {
        var flyway =
                flyway(noting("1", "backfill users"), noting("2", "backfill orders"), noting("3", "backfill totals"));
        flyway.migrate();
        try (var store = Store.in(database);
                var node = Node.of(flyway, store).start()) {
            awaitStatus(node, "3", EntryStatus.SUCCEEDED);
            assertThat(ran()).containsExactly("1", "2", "3");
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(store.jobs(StateName.SUCCEEDED))
                            .extracting(Job::getJobName)
                            .containsOnly(
                                    "V1 backfill users (1 of 3)",
                                    "V2 backfill orders (2 of 3)",
                                    "V3 backfill totals (3 of 3)"));
            assertThat(store.jobs()).allSatisfy(job -> {
                assertThat(job.getLabels()).hasSize(3).startsWith("async-migration", "db:public.flyway_schema_history");
                assertThat(job.getAmountOfRetries()).isEqualTo(4);
            });
        }
    }

    @Test
    void drainsWithJobRunrsTablesInAnotherDatabase() {
        var flyway = flyway(noting("1", "backfill users"), noting("2", "backfill orders"));
        try (var other = TestDatabase.fresh();
                var store = Store.in(other);
                var node = Node.of(flyway, store).startTogether()) {
            flyway.migrate();

            awaitStatus(node, "2", EntryStatus.SUCCEEDED);
            assertThat(ran()).containsExactly("1", "2");
            assertThat(tables(database)).contains("async_schema_migrations").doesNotContain("jobrunr_jobs");
            assertThat(tables(other)).contains("jobrunr_jobs").doesNotContain("async_schema_migrations");
        }
    }

    @Test
    void drainsThroughThePoolOfTheApplicationWhichJobRunrSharesToo() {
        var options = new HikariConfig();
        options.setDataSource(database.dataSource());
        options.setMaximumPoolSize(5);
        try (var pool = new HikariDataSource(options)) {
            var flyway = Flyway.configure()
                    .configuration(flyway(noting("1", "backfill users"), noting("2", "backfill orders"))
                            .getConfiguration())
                    .dataSource(pool)
                    .load();
            try (var store = Store.on(pool);
                    var node = Node.of(flyway, store).startTogether()) {
                flyway.migrate();

                awaitStatus(node, "2", EntryStatus.SUCCEEDED);
                assertThat(ran()).containsExactly("1", "2");
            }
        }
    }

    @Test
    void wakesAgainAfterTheJobWasLost() {
        var flyway = flyway(noting("1", "backfill"));
        flyway.migrate();
        try (var store = Store.in(database);
                var node = Node.of(flyway, store).startAdapter()) {
            await().atMost(SOON).until(() -> !store.jobs(StateName.ENQUEUED).isEmpty());
            database.execute("DELETE FROM jobrunr_jobs");

            node.server.start();

            awaitStatus(node, "1", EntryStatus.SUCCEEDED);
            assertThat(ran()).containsExactly("1");
        }
    }

    @Test
    void handsOverFasterThanJobRunrPolls() {
        var migrations = new Scripted[20];
        for (var i = 0; i < migrations.length; i++) {
            migrations[i] = noting(Integer.toString(i + 1), "step");
        }
        var flyway = flyway(migrations);
        flyway.migrate();
        try (var store = Store.in(database);
                var node = Node.of(flyway, store).start()) {
            awaitStatus(node, "20", EntryStatus.SUCCEEDED);

            assertThat(ran()).hasSize(20);
            assertThat(store.jobs()).hasSizeBetween(20, 22); // one too many does no harm
            var seconds = database.column("""
                    SELECT CAST(EXTRACT(EPOCH FROM max(finished_at) - min(finished_at)) AS INTEGER)
                    FROM async_schema_migrations""");
            assertThat(seconds)
                    .singleElement()
                    .satisfies(took -> assertThat((Integer) took)
                            .as("seconds for what would be 19 polls of 5 s")
                            .isLessThan(40));
        }
    }

    private static List<@Nullable Object> tables(TestDatabase database) {
        return database.column("SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
    }
}

package dev.turnasync.jobrunr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.turnasync.api.EntryStatus;
import org.jobrunr.jobs.Job;
import org.jobrunr.jobs.states.StateName;
import org.junit.jupiter.api.Test;

/** JobRunr's own tables beside ours, in PostgreSQL. */
class DrainsThroughJobRunrTest extends Scenario {

    @Test
    void runsEachMigrationOnceAndInOrderAndAsAJobOfItsOwn() {
        var flyway =
                flyway(noting("1", "backfill users"), noting("2", "backfill orders"), noting("3", "backfill totals"));
        try (var store = Store.in(database);
                var node = Node.of(flyway, store).start()) {
            flyway.migrate();

            awaitStatus(node, "3", EntryStatus.SUCCEEDED);
            assertThat(ran()).containsExactly("1", "2", "3");
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(store.jobs(StateName.SUCCEEDED))
                            .extracting(Job::getJobName)
                            .containsExactlyInAnyOrder(
                                    "V1 backfill users (1 of 3)",
                                    "V2 backfill orders (2 of 3)",
                                    "V3 backfill totals (3 of 3)"));
            assertThat(store.jobs()).hasSize(3).allSatisfy(job -> {
                assertThat(job.getLabels()).hasSize(3).startsWith("async-migration", "db:public.flyway_schema_history");
                assertThat(job.getAmountOfRetries()).isEqualTo(4);
            });
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
            assertThat(store.jobs()).hasSize(20);
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
}

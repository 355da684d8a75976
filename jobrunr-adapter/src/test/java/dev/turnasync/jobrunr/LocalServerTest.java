package dev.turnasync.jobrunr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

import dev.turnasync.api.EntryStatus;
import java.time.Duration;
import org.jobrunr.jobs.states.StateName;
import org.jobrunr.scheduling.JobRequestScheduler;
import org.junit.jupiter.api.Test;

class LocalServerTest extends Scenario {

    private static final Node.Options POLLS_ONCE_AN_HOUR =
            Node.Options.ofDefaults().poll(Duration.ofHours(1));

    @Test
    void beginsAtOnceThoughJobRunrPollsOnceAnHour() {
        var flyway = flyway(noting("1", "backfill"));
        try (var store = Store.in(database);
                var node = Node.of(flyway, store, POLLS_ONCE_AN_HOUR)) {
            node.server.start();
            // The server has polled for now: what ran was fetched by it, and after a job it fetches once more.
            var another = new JobRequestScheduler(store.provider())
                    .enqueue(new RunAsyncMigration("another.queue", 1, "1"))
                    .asUUID();
            await().atMost(SOON)
                    .until(() -> store.provider().getJobById(another).hasState(StateName.SUCCEEDED));
            await().atMost(SOON).until(() -> node.server.getJobSteward().getOccupiedWorkerCount() == 0);
            node.adapter.start(new JobRequestScheduler(store.provider()), node.server);

            flyway.migrate();

            awaitStatus(node, "1", EntryStatus.SUCCEEDED);
        }
    }

    @Test
    void keepsJobRunrsCountOfBusyWorkers() {
        try (var store = Store.inMemory();
                var node = Node.of(flyway(), store)) {
            node.server.start();
            await().atMost(SOON).until(node.server::isAnnounced);
            var server = new LocalServer(node.server);

            for (var i = 0; i < 100; i++) {
                server.fetchNow();
            }

            assertThat(node.server.getJobSteward().getOccupiedWorkerCount()).isZero();
        }
    }

    @Test
    void fetchesNothingForAServerThatIsStoppedOrPaused() {
        try (var store = Store.inMemory();
                var node = Node.of(flyway(), store)) {
            var server = new LocalServer(node.server);
            new JobRequestScheduler(store.provider()).enqueue(new RunAsyncMigration("another.queue", 1, "1"));
            server.fetchNow();
            assertThat(store.jobs(StateName.ENQUEUED)).hasSize(1);

            node.server.start();
            node.server.pauseProcessing();
            await().atMost(SOON).until(node.server::isAnnounced);
            server.fetchNow();
            assertThat(store.jobs(StateName.ENQUEUED)).hasSize(1);

            node.server.resumeProcessing();
            server.fetchNow();
            await().atMost(SOON).until(() -> store.jobs(StateName.SUCCEEDED).size() == 1);
        }
    }

    @Test
    void neverFailsTheWakeUp() {
        try (var store = Store.in(database);
                var node = Node.of(flyway(), store, POLLS_ONCE_AN_HOUR)) {
            node.server.start();
            await().atMost(SOON).until(() -> !node.server.isNotReadyToProcessJobs());
            database.execute("ALTER TABLE jobrunr_jobs RENAME TO gone");

            assertThatCode(new LocalServer(node.server)::fetchNow).doesNotThrowAnyException();

            assertThat(node.server.getJobSteward().getOccupiedWorkerCount()).isZero();
            database.execute("ALTER TABLE gone RENAME TO jobrunr_jobs");
        }
    }
}

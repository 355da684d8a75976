package dev.turnasync.jobrunr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.RetryPolicy;
import dev.turnasync.fixture.Script;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jobrunr.jobs.Job;
import org.jobrunr.jobs.states.FailedState;
import org.jobrunr.jobs.states.StateName;
import org.jobrunr.scheduling.JobBuilder;
import org.jobrunr.scheduling.JobRequestScheduler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FailureTest extends Scenario {

    private static final Node.Options ONE_ATTEMPT = Node.Options.ofDefaults().retryPolicy(RetryPolicy.never());

    private Store store;

    @BeforeEach
    void openStore() {
        store = Store.inMemory();
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    @Test
    void repeatsAFailedAttemptInTheSameJobWhileTheNextEntryWaits() {
        var flyway = flyway(failing("1", new AtomicInteger(1)), noting("2", "waits"));
        flyway.migrate();
        try (var node = Node.of(flyway, store).start()) {
            awaitStatus(node, "1", EntryStatus.RETRYABLE);
            assertThat(status(node, "2")).contains(EntryStatus.QUEUED);

            awaitStatus(node, "2", EntryStatus.SUCCEEDED);

            assertThat(ran()).containsExactly("1", "2");
            awaitJobs("V1 fails (1 of 2)", "V2 waits (2 of 2)");
            var job = job("V1 fails (1 of 2)");
            assertThat(failures(job)).singleElement().satisfies(failed -> {
                assertThat(failed.getExceptionMessage()).isEqualTo("the disk of 1 is full");
                assertThat(failed.getStackTrace()).contains("Scenario");
            });
            var attempts =
                    node.async.queue().attempts(node.async.queue().find("1").orElseThrow());
            assertThat(attempts).hasSize(2);
        }
    }

    @Test
    void goesOnInAnotherJobWhenTheDatabaseEndedTheSessionAfterACheckpoint() {
        var flyway = flyway(Script.async("1", context -> {
                    if (context.checkpoint().isEmpty()) {
                        context.inTransaction(tx -> {
                            tx.checkpoint("half");
                            return 1;
                        });
                        context.getConnection()
                                .createStatement()
                                .execute("SELECT pg_terminate_backend(pg_backend_pid())");
                    }
                })
                .inPieces());
        flyway.migrate();
        var soon = RetryPolicy.never().withDelays(Duration.ZERO, Duration.ZERO);
        try (var node = Node.of(flyway, store, Node.Options.ofDefaults().retryPolicy(soon))
                .start()) {
            awaitStatus(node, "1", EntryStatus.SUCCEEDED);

            await().atMost(SOON).until(() -> store.jobs(StateName.SUCCEEDED).size() >= 2);
            assertThat(store.jobs()).allSatisfy(job -> assertThat(failures(job)).isEmpty());
        }
    }

    @Test
    void repeatsAtJobRunrsTimeThoughTheBackoffIsLonger() {
        var flyway = flyway(failing("1", new AtomicInteger(1)));
        flyway.migrate();
        var hours = RetryPolicy.ofDefaults().withDelays(Duration.ofHours(1), Duration.ofHours(2));
        try (var node = Node.of(flyway, store, Node.Options.ofDefaults().retryPolicy(hours))
                .start()) {
            awaitStatus(node, "1", EntryStatus.SUCCEEDED);

            awaitJobs("V1 fails (1 of 1)");
        }
    }

    @Test
    void leavesTheRetryToJobRunrThoughTheBackoffIsShorter() {
        var flyway = flyway(failing("1", new AtomicInteger(1)));
        flyway.migrate();
        var atOnce = RetryPolicy.ofDefaults().withDelays(Duration.ZERO, Duration.ZERO);
        try (var node = Node.of(flyway, store, Node.Options.ofDefaults().retryPolicy(atOnce))
                .start()) {
            awaitStatus(node, "1", EntryStatus.SUCCEEDED);

            awaitJobs("V1 fails (1 of 1)");
        }
    }

    @Test
    void neverRepeatsAJobWhoseEntryFailedForGood() {
        var flyway = flyway(failing("1", new AtomicInteger(1)), noting("2", "waits"));
        flyway.migrate();
        try (var node = Node.of(flyway, store, ONE_ATTEMPT).start()) {
            var job = awaitFailedJob();

            assertThat(failures(job)).singleElement().satisfies(failed -> {
                assertThat(failed.mustNotRetry()).isTrue();
                assertThat(failed.getExceptionMessage()).contains("1 failed for good and blocks the queue");
                assertThat(failed.getStackTrace())
                        .contains("the disk of 1 is full")
                        .contains("Scenario");
            });
            assertThat(status(node, "1")).contains(EntryStatus.FAILED);
            assertThat(status(node, "2")).contains(EntryStatus.QUEUED);
        }
    }

    @Test
    void goesOnAfterAnOperatorRetried() {
        var flyway = flyway(failing("1", new AtomicInteger(1)), noting("2", "waits"));
        flyway.migrate();
        try (var node = Node.of(flyway, store, ONE_ATTEMPT).start()) {
            awaitFailedJob();

            node.async.queue().retry("1", "ada", "the disk was cleaned");

            awaitStatus(node, "2", EntryStatus.SUCCEEDED);
            assertThat(ran()).containsExactly("1", "2");
        }
    }

    @Test
    void goesOnAfterAnOperatorSkipped() {
        var flyway = flyway(failing("1", new AtomicInteger(9)), noting("2", "waits"));
        flyway.migrate();
        try (var node = Node.of(flyway, store, ONE_ATTEMPT).start()) {
            awaitFailedJob();

            node.async.queue().skip("1", "ada", "done by hand");

            awaitStatus(node, "2", EntryStatus.SUCCEEDED);
            assertThat(ran()).containsExactly("2");
        }
    }

    @Test
    void retriesTheEntryWhenItsJobIsRequeuedOnTheDashboard() {
        var flyway = flyway(failing("1", new AtomicInteger(1)), noting("2", "waits"));
        flyway.migrate();
        try (var node = Node.of(flyway, store, ONE_ATTEMPT).start()) {
            var job = awaitFailedJob();

            job.enqueue();
            store.provider().save(job);

            awaitStatus(node, "2", EntryStatus.SUCCEEDED);
            assertThat(ran()).containsExactly("1", "2");
        }
    }

    /** As an orphaned job or a stop does, which JobRunr counts and the queue does not. */
    @Test
    void goesOnWhenJobRunrsRetriesEndBeforeTheQueuesAttempts() {
        var clock = new ManualClock(Instant.now());
        var flyway = flyway(failing("1", new AtomicInteger(1)), noting("2", "waits"));
        flyway.migrate();
        var options = Node.Options.ofDefaults()
                .clock(clock)
                .retryPolicy(RetryPolicy.ofDefaults().withDelays(Duration.ofMillis(1), Duration.ofMillis(1)));
        try (var node = Node.of(flyway, store, options)) {
            node.server.start();
            var entry = node.async.queue().find("1").orElseThrow();
            new JobRequestScheduler(store.provider())
                    .create(JobBuilder.aJob()
                            .withAmountOfRetries(0)
                            .withJobRequest(new RunAsyncMigration(node.async.queueName(), entry.id(), "1")));
            awaitFailedJob();
            awaitStatus(node, "1", EntryStatus.RETRYABLE);
            node.startAdapter();

            clock.advance(WakeUps.RETRY_GRACE.plus(WakeUps.REPEAT_AFTER));

            awaitStatus(node, "2", EntryStatus.SUCCEEDED);
            assertThat(ran()).containsExactly("1", "2");
        }
    }

    @Test
    void goesOnWhenJobRunrFailedTheJobForGoodBeforeItRan() {
        var clock = new ManualClock(Instant.now());
        var flyway = flyway(noting("1", "backfill"));
        flyway.migrate();
        try (var node = Node.of(flyway, store, Node.Options.ofDefaults().clock(clock))) {
            node.startAdapter();
            await().atMost(SOON).until(() -> store.jobs(StateName.ENQUEUED).size() == 1);
            var job = store.jobs(StateName.ENQUEUED).get(0);
            job.failed("Orphaned job", new IllegalThreadStateException("Job was too long in PROCESSING state"));
            store.provider().save(job);
            node.server.start();

            clock.advance(WakeUps.REPEAT_AFTER.multipliedBy(2));

            awaitStatus(node, "1", EntryStatus.SUCCEEDED);
        }
    }

    private Job awaitFailedJob() {
        await().atMost(SOON).until(() -> store.jobs(StateName.FAILED).size() == 1);
        return store.jobs(StateName.FAILED).get(0);
    }

    private void awaitJobs(String... names) {
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(store.jobs()).extracting(Job::getJobName).containsExactlyInAnyOrder(names);
            assertThat(store.jobs()).extracting(Job::getState).containsOnly(StateName.SUCCEEDED);
        });
    }

    private Job job(String name) {
        return store.jobs().stream()
                .filter(job -> job.getJobName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static List<FailedState> failures(Job job) {
        return job.getJobStatesOfType(FailedState.class).toList();
    }
}

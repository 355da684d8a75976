package dev.turnasync.jobrunr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.RetryPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.jobrunr.jobs.states.StateName;
import org.jobrunr.scheduling.JobRequestScheduler;
import org.junit.jupiter.api.Test;

/** Jobs that end without a run must not stand in the way of the next one, though JobRunr keeps their ids for days. */
class ComesInVainTest extends Scenario {

    private final ManualClock clock = new ManualClock(Instant.now());

    @Test
    void wakesAgainAfterAJobCameToANodeWithoutTheClass() {
        var old = flyway();
        var flyway = flyway(noting("1", "new in this build"));
        flyway.migrate();
        clock.advance(WakeUps.REPEAT_AFTER);
        try (var store = Store.inMemory();
                var newNode = Node.of(flyway, store, Node.Options.ofDefaults().clock(clock));
                var oldNode = Node.of(old, store)) {
            newNode.startAdapter();
            oldNode.server.start();
            await().atMost(SOON).until(() -> store.jobs(StateName.SUCCEEDED).size() == 1);
            await().during(Duration.ofSeconds(1))
                    .atMost(SOON)
                    .until(() -> store.jobs().size() == 1);
            assertThat(status(newNode, "1")).contains(EntryStatus.QUEUED);
            oldNode.server.stop();
            newNode.server.start();

            clock.advance(WakeUps.REPEAT_AFTER);

            awaitStatus(newNode, "1", EntryStatus.SUCCEEDED);
            await().atMost(SOON).until(() -> store.jobs(StateName.SUCCEEDED).size() == 2);
            assertThat(newNode.async.queue().find("1").orElseThrow().run().attempt())
                    .isEqualTo(1);
        }
    }

    @Test
    void leavesJobsOfOtherQueuesAlone() {
        var flyway = flyway(noting("1", "backfill"));
        flyway.migrate();
        try (var store = Store.inMemory();
                var node = Node.of(flyway, store)) {
            node.server.start();
            var entry = node.async.queue().find("1").orElseThrow();
            new JobRequestScheduler(store.provider()).enqueue(new RunAsyncMigration("other.history", entry.id(), "1"));

            await().atMost(SOON).until(() -> store.jobs(StateName.SUCCEEDED).size() == 1);

            assertThat(status(node, "1")).contains(EntryStatus.QUEUED);
        }
    }

    @Test
    void runsNothingForAJobWhoseEntryIsDone() {
        var flyway = flyway(noting("1", "first"), noting("2", "second"));
        flyway.migrate();
        try (var store = Store.inMemory();
                var node = Node.of(flyway, store, Node.Options.ofDefaults().clock(clock))) {
            node.start();
            awaitStatus(node, "2", EntryStatus.SUCCEEDED);
            var done = node.async.queue().find("1").orElseThrow();

            new JobRequestScheduler(store.provider())
                    .enqueue(new RunAsyncMigration(node.async.queueName(), done.id(), "1"));

            await().atMost(SOON).until(() -> store.jobs(StateName.SUCCEEDED).size() == 3);
            assertThat(ran()).containsExactly("1", "2");
        }
    }

    @Test
    void takesOverARetryThatJobRunrLost() {
        var flyway = flyway(failing("1", new AtomicInteger(1)));
        flyway.migrate();
        try (var store = Store.inMemory();
                var node = Node.of(
                        flyway,
                        store,
                        Node.Options.ofDefaults()
                                .clock(clock)
                                .retryPolicy(RetryPolicy.ofDefaults()
                                        .withDelays(Duration.ofMillis(1), Duration.ofMillis(1))))) {
            node.start();
            await().atMost(SOON).until(() -> store.jobs(StateName.SCHEDULED).size() == 1);
            store.provider()
                    .deletePermanently(store.jobs(StateName.SCHEDULED).get(0).getId());
            assertThat(store.jobs()).isEmpty();

            clock.advance(WakeUps.RETRY_GRACE.plus(WakeUps.REPEAT_AFTER));

            awaitStatus(node, "1", EntryStatus.SUCCEEDED);
        }
    }
}

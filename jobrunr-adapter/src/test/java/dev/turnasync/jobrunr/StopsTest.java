package dev.turnasync.jobrunr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.turnasync.api.Attempt;
import dev.turnasync.api.EntryStatus;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jobrunr.jobs.states.FailedState;
import org.jobrunr.jobs.states.StateName;
import org.jobrunr.scheduling.JobRequestScheduler;
import org.junit.jupiter.api.Test;

class StopsTest extends Scenario {

    @Test
    void handsTheEntryBackWhenJobRunrStopsAndAnotherNodeRunsItWithoutACountedFailure() throws Exception {
        var started = new CountDownLatch(1);
        var flyway = flyway(sleepingAtFirst(started));
        flyway.migrate();
        try (var store = Store.inMemory();
                var one = Node.of(flyway, store).start()) {
            started.await();
            one.server.stop();
            one.adapter.close();

            try (var two = Node.of(flyway, store).start()) {
                awaitStatus(two, "1", EntryStatus.SUCCEEDED);

                var entry = two.async.queue().find("1").orElseThrow();
                assertThat(entry.tries().failed()).isZero();
                assertThat(two.async.queue().attempts(entry))
                        .extracting(Attempt::outcome)
                        .containsExactly(Attempt.Outcome.HANDED_BACK, Attempt.Outcome.SUCCEEDED);
                await().atMost(SOON)
                        .untilAsserted(() -> assertThat(store.jobs()).hasSize(2).allSatisfy(job -> {
                            assertThat(job.getState()).isEqualTo(StateName.SUCCEEDED);
                            assertThat(job.getJobStatesOfType(FailedState.class))
                                    .isEmpty();
                        }));
            }
        }
    }

    @Test
    void runsTheEntryAgainWhenAnOperatorDeletedTheRunningJob() throws Exception {
        var started = new CountDownLatch(1);
        var flyway = flyway(sleepingAtFirst(started));
        flyway.migrate();
        try (var store = Store.inMemory();
                var node = Node.of(flyway, store).start()) {
            started.await();
            var running = store.jobs(StateName.PROCESSING).get(0);

            new JobRequestScheduler(store.provider()).delete(running.getId());

            awaitStatus(node, "1", EntryStatus.SUCCEEDED);
            var entry = node.async.queue().find("1").orElseThrow();
            assertThat(node.async.queue().attempts(entry))
                    .extracting(Attempt::outcome)
                    .containsExactly(Attempt.Outcome.HANDED_BACK, Attempt.Outcome.SUCCEEDED);
        }
    }

    @Test
    void enqueuesNothingAfterItWasClosedThoughAMigrationStillRuns() throws Exception {
        var started = new CountDownLatch(1);
        var closed = new CountDownLatch(1);
        var flyway = flyway(
                Scripted.of("1", "takes long", context -> {
                    started.countDown();
                    closed.await();
                }),
                noting("2", "waits"));
        flyway.migrate();
        try (var store = Store.inMemory();
                var node = Node.of(flyway, store).start()) {
            started.await();
            node.adapter.close();
            closed.countDown();

            await().atMost(SOON).until(() -> store.jobs(StateName.SUCCEEDED).size() == 1);
            await().during(Duration.ofSeconds(1))
                    .atMost(SOON)
                    .until(() -> store.jobs().size() == 1);
            assertThat(status(node, "2")).contains(EntryStatus.QUEUED);
        }
    }

    @Test
    void refusesToStartTwice() {
        try (var store = Store.inMemory();
                var node = Node.of(flyway(), store).startAdapter()) {
            assertThatThrownBy(() -> node.adapter.start(new JobRequestScheduler(store.provider())))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("was started or closed before");
        }
    }

    @Test
    void turnsAwayASecondJobWhileThisNodeRunsAMigration() throws Exception {
        var started = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        var flyway = flyway(Scripted.of("1", "takes long", context -> {
            started.countDown();
            goOn.await();
        }));
        flyway.migrate();
        try (var store = Store.inMemory();
                var node = Node.of(flyway, store).start()) {
            started.await();
            var second = new JobRequestScheduler(store.provider())
                    .enqueue(new RunAsyncMigration(node.async.queueName(), 1, "1"));

            await().atMost(SOON).until(() -> store.jobs(StateName.SUCCEEDED).size() == 1);

            assertThat(store.jobs(StateName.SUCCEEDED).get(0).getId()).isEqualTo(second.asUUID());
            goOn.countDown();
            awaitStatus(node, "1", EntryStatus.SUCCEEDED);
        }
    }

    private static Scripted sleepingAtFirst(CountDownLatch started) {
        var first = new AtomicBoolean(true);
        return Scripted.of("1", "takes long", context -> {
            if (first.getAndSet(false)) {
                started.countDown();
                try (var statement = context.getConnection().createStatement()) {
                    statement.execute("SELECT pg_sleep(60)");
                }
            }
            noting("1", "").migrate(context);
        });
    }
}

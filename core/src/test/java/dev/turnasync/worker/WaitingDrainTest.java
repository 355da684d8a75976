package dev.turnasync.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.AsyncMigrationsBuilder;
import dev.turnasync.api.DrainResult;
import dev.turnasync.api.DrainResult.StopReason;
import dev.turnasync.api.MigrationListener.Event;
import dev.turnasync.api.RetryPolicy;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Outage;
import dev.turnasync.fixture.Script;
import java.sql.SQLException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Drains of jobs that run once, which wait for what passes by itself. */
@Timeout(60)
final class WaitingDrainTest {

    private static final Duration LONG = Duration.ofMinutes(10);

    /** As after a SIGKILL: nobody lives, and the lease has some time left. */
    private static void heldFor(Deployment build, String interval) {
        build.database()
                .execute(
                        "UPDATE async_schema_lease SET token = token + 1, worker = 'killed', renewed_at = clock_timestamp(),"
                                + " lease_until = clock_timestamp() + INTERVAL '" + interval + "'");
    }

    private static AsyncMigrationsBuilder quick(Deployment build) {
        return AsyncMigrations.builder(build.flyway()).watchEvery(Duration.ofMillis(100));
    }

    @Test
    void waitsUntilTheLeaseOfAKilledWorkerRunsOut() {
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate()) {
            heldFor(build, "1 second");
            assertThat(build.node().drain().why()).isEqualTo(StopReason.LEASE_HELD);

            var result = build.node().drain(LONG);

            assertThat(result.why()).isEqualTo(StopReason.EMPTY);
            assertThat(result.succeeded()).isEqualTo(1);
        }
    }

    @Test
    void waitsUntilALiveWorkerIsDoneAndTellsItOnce() {
        var running = new CountDownLatch(1);
        var release = new CountDownLatch(1);
        try (var build = Deployment.of(Script.async("1", context -> {
                    running.countDown();
                    release.await();
                }))
                .migrate()) {
            var other = CompletableFuture.supplyAsync(build.node()::drain);
            var waits = new ArrayList<Event>();
            var node = build.node(quick(build).onEvent(event -> {
                waits.add(event);
                release.countDown();
            }));
            awaitQuietly(running);

            assertThat(node.drain(LONG).why()).isEqualTo(StopReason.EMPTY);

            assertThat(other.join().succeeded()).isEqualTo(1);
            assertThat(waits).singleElement().isInstanceOfSatisfying(Event.Waiting.class, waiting -> {
                assertThat(waiting.why()).isEqualTo(StopReason.LEASE_HELD);
                assertThat(waiting.entry().key()).isEqualTo("1");
            });
        }
    }

    @Test
    void tellsWhatIsInTheWayWhenTheTimeIsUp() {
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate()) {
            heldFor(build, "1 hour");

            var result = build.node().drain(Duration.ofMillis(50));

            assertThat(result.why()).isEqualTo(StopReason.LEASE_HELD);
            assertThat(result.headEntry()).isPresent();
            assertThat(build.journal()).isEmpty();
        }
    }

    @Test
    void waitsForTheNextAttemptAndAddsUpWhatWasDone() {
        try (var build = failingOnce()) {
            var policy = RetryPolicy.ofDefaults().withDelays(Duration.ofMillis(300), Duration.ofMillis(300));

            var result = build.node(quick(build).retryPolicy(policy)).drain(LONG);

            assertThat(result)
                    .extracting(DrainResult::why, DrainResult::retryable, DrainResult::succeeded)
                    .containsExactly(StopReason.EMPTY, 1, 1);
            assertThat(result.failure()).hasMessage("deadlock");
        }
    }

    @Test
    void doesNotWaitForAnAttemptThatIsDueTooLate() {
        try (var build = failingOnce()) {
            var policy = RetryPolicy.ofDefaults().withDelays(Duration.ofHours(2), Duration.ofHours(2));

            assertThat(build.node(quick(build).retryPolicy(policy)).drain(LONG).why())
                    .isEqualTo(StopReason.NOT_DUE);
        }
    }

    private static Deployment failingOnce() {
        return Deployment.of(Script.async("1", context -> {
                    if (context.attempt() == 1) {
                        throw new SQLException("deadlock", "40P01");
                    }
                }))
                .migrate();
    }

    @Test
    void endsAtOnceForAPerson() {
        try (var build = Deployment.of(Script.async("1", context -> {
                    throw new SQLException("no such table", "42P01");
                }))
                .migrate()) {
            assertThat(build.node().drain(ChronoUnit.FOREVER.getDuration()).why())
                    .isEqualTo(StopReason.BLOCKED);
            assertThat(build.node().drain(LONG).why()).isEqualTo(StopReason.BLOCKED);
            assertThat(build.next().node().drain(LONG).why()).isEqualTo(StopReason.BLOCKED);
        }
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate()) {
            assertThat(build.next().node().drain(LONG).why()).isEqualTo(StopReason.CLASS_MISSING);
            build.node().queue().pause("1", "ada", "not now");
            assertThat(build.node().drain(LONG).why()).isEqualTo(StopReason.PAUSED);
        }
    }

    @Test
    void endsAtOnceWhenTheWorkerIsClosed() {
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate()) {
            heldFor(build, "1 hour");
            var waiting = new CountDownLatch(1);
            var node = build.node(AsyncMigrations.builder(build.flyway()).onEvent(event -> waiting.countDown()));
            var drain = CompletableFuture.supplyAsync(() -> node.drain(LONG));
            awaitQuietly(waiting);

            node.close();

            assertThat(drain.join().why()).isEqualTo(StopReason.STOPPED);
        }
    }

    @Test
    void endsAtOnceWhenItsThreadIsInterruptedAndKeepsTheInterrupt() throws Exception {
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate()) {
            heldFor(build, "1 hour");
            var waiting = new CountDownLatch(1);
            var node = build.node(AsyncMigrations.builder(build.flyway()).onEvent(event -> waiting.countDown()));
            var ended = new AtomicReference<String>();
            var thread = new Thread(() -> ended.set(
                    node.drain(LONG).why() + " " + Thread.currentThread().isInterrupted()));
            thread.start();
            waiting.await();

            thread.interrupt();
            thread.join();

            assertThat(ended).hasValue("STOPPED true");
        }
    }

    @Test
    void waitsForADatabaseThatIsAwayAndEndsWithItsErrorWhenTheTimeIsUp() {
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate()) {
            var outage = new Outage();
            var node = build.node(AsyncMigrations.builder(
                    build.flyway(outage.around(build.database().dataSource()))));
            outage.begin();
            assertThatThrownBy(() -> node.drain(Duration.ZERO)).hasMessageContaining("the database is away");

            var drain = CompletableFuture.supplyAsync(() -> node.drain(LONG));
            Awaitility.await().until(() -> outage.refused() > 1);
            outage.end();

            assertThat(drain.join().succeeded()).isEqualTo(1);
        }
    }

    @Test
    void runsAtMostSoManyOverAllItsTries() {
        try (var build = Deployment.of(
                        Script.async("1", Script.note("1")),
                        Script.async("2", Script.note("2")),
                        Script.async("3", Script.note("3")))
                .migrate()) {
            var worker = build.node().worker();

            assertThat(worker.drain(2, LONG).why()).isEqualTo(StopReason.DONE);

            assertThat(build.journal()).isEqualTo(List.of("1", "2"));
            assertThatThrownBy(() -> worker.drain(0, LONG)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> worker.drain(1, Duration.ofSeconds(-1)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

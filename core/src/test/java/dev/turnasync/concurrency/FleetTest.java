package dev.turnasync.concurrency;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.DrainResult;
import dev.turnasync.api.DrainResult.StopReason;
import dev.turnasync.api.MigrationListener.Event;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.flywaydb.core.api.migration.JavaMigration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Where the Ruby original lost and doubled migrations: many workers at one instant, and deploys while workers run. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FleetTest {

    /** Not guarded by anything: lost updates would show that two bodies ran at once. */
    private final List<Integer> unguarded = new ArrayList<>();

    private JavaMigration counting(int number) {
        return Script.async(Integer.toString(number), context -> {
            unguarded.add(number);
            Script.note(context, Integer.toString(number));
        });
    }

    private JavaMigration[] counting(int from, int to) {
        return IntStream.rangeClosed(from, to).mapToObj(this::counting).toArray(JavaMigration[]::new);
    }

    private static List<Object> numbers(int from, int to) {
        return IntStream.rangeClosed(from, to)
                .mapToObj(n -> (Object) Integer.toString(n))
                .toList();
    }

    /**
     * Drains one entry at a time until the queue is empty, so that the lease changes hands all the time. Whoever finds it taken
     * waits for the end of some run, as if woken by it.
     */
    private static Callable<Integer> drainer(Deployment build, DataSource pool, CountDownLatch start) {
        var ended = new Semaphore(0);
        var node = build.node(AsyncMigrations.builder(build.flyway(pool)));
        node.onEvent(event -> ended.release(event instanceof Event.Succeeded ? 1 : 0));
        return () -> {
            start.await();
            var succeeded = 0;
            DrainResult result;
            do {
                result = node.worker().drainOne();
                succeeded += result.succeeded();
                assertThat(result.failure()).isNull();
                if (result.why() == StopReason.LEASE_HELD) {
                    ended.tryAcquire(20, TimeUnit.MILLISECONDS);
                }
            } while (result.why() != StopReason.EMPTY);
            return succeeded;
        };
    }

    private static int drainAtOnce(Deployment build, int workers) throws Exception {
        var start = new CountDownLatch(1);
        var threads = Executors.newFixedThreadPool(workers);
        try (var pool = new HikariDataSource()) {
            pool.setDataSource(build.database().dataSource());
            pool.setMaximumPoolSize(3 * workers);
            List<Future<Integer>> results = new ArrayList<>();
            for (var i = 0; i < workers; i++) {
                results.add(threads.submit(drainer(build, pool, start)));
            }
            start.countDown();
            var succeeded = 0;
            for (var result : results) {
                succeeded += result.get();
            }
            return succeeded;
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void runsFiveHundredEntriesOnceAndInOrderWithTenWorkers() throws Exception {
        try (var build = Deployment.of(counting(1, 500)).migrate()) {
            assertThat(drainAtOnce(build, 10)).isEqualTo(500);
            assertThat(build.journal()).isEqualTo(numbers(1, 500));
            assertThat(unguarded)
                    .isEqualTo(IntStream.rangeClosed(1, 500).boxed().toList());
        }
    }

    @Test
    void runsEachOnceWithFourWorkersReleasedAtOneInstant() throws Exception {
        for (var round = 0; round < 5; round++) {
            unguarded.clear();
            try (var build = Deployment.of(counting(1, 3)).migrate()) {
                assertThat(drainAtOnce(build, 4)).isEqualTo(3);
                assertThat(build.journal()).isEqualTo(numbers(1, 3));
            }
        }
    }

    @Test
    void losesNothingWhereWorkersPollAllThroughADeploy() throws Exception {
        try (var build = Deployment.of(counting(1, 100))) {
            var deployed = new CountDownLatch(1);
            var nodes = List.of(build.node(), build.node(), build.node(), build.node());
            var pollers = nodes.stream()
                    .map(node -> CompletableFuture.runAsync(
                            () -> {
                                while (deployed.getCount() > 0 || node.drain().why() != StopReason.EMPTY) {
                                    node.drain();
                                }
                            },
                            work -> new Thread(work).start()))
                    .toList();
            build.migrate();
            deployed.countDown();
            pollers.forEach(CompletableFuture::join);

            assertThat(build.journal()).isEqualTo(numbers(1, 100));
        }
    }

    @Test
    void runsTheAsyncMigrationsAroundASlowSyncOne() throws Exception {
        var reached = new CountDownLatch(1);
        var aHasRun = new CountDownLatch(1);
        try (var build = Deployment.of(
                Script.async("1", Script.note("A")),
                Script.sync("2", context -> {
                    reached.countDown();
                    aHasRun.await();
                    Script.note(context, "B");
                }),
                Script.async("3", Script.note("C")))) {
            var deploy = CompletableFuture.runAsync(build::migrate);
            reached.await();
            assertThat(build.node().drain().succeeded()).isEqualTo(1);
            aHasRun.countDown();
            deploy.join();
            build.node().drain();

            assertThat(build.journal()).containsExactly("A", "B", "C");
        }
    }

    @Test
    void letsASecondDeployPassWhileAnAsyncMigrationRuns() throws Exception {
        var running = new CountDownLatch(1);
        var deployed = new CountDownLatch(1);
        try (var build = Deployment.of(Script.async("1", context -> {
                    running.countDown();
                    deployed.await();
                    Script.note(context, "A");
                }))
                .migrate()) {
            var worker = CompletableFuture.supplyAsync(build.node()::drain);
            running.await();

            var second = build.next(
                            Script.async("1", Script.note("never here")),
                            Script.sync("2", Script.note("B")),
                            Script.async("3", Script.note("C")))
                    .migrate();
            deployed.countDown();
            worker.join();
            second.node().drain();

            assertThat(build.journal()).containsExactlyInAnyOrder("A", "B", "C").endsWith("C");
            assertThat(Collections.frequency(build.journal(), "A")).isEqualTo(1);
        }
    }
}

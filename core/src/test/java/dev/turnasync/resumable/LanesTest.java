package dev.turnasync.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.DrainResult;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.RetryPolicy;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Two lanes, of which the fork's stays in its first batch until the main lane has come to its end. */
class LanesTest {

    private final CountDownLatch forkIsIn = new CountDownLatch(1);
    private final CountDownLatch forkGoesOn = new CountDownLatch(1);
    private final AtomicInteger forksBatches = new AtomicInteger();
    private final AtomicReference<@Nullable Thread> main = new AtomicReference<>();

    private Deployment deployment(Runnable mainLane) {
        var build = Deployment.of(Script.async(
                        "1",
                        context -> context.backfill()
                                .over("t")
                                .batchSize(20, 20)
                                .parallelism(2)
                                .run(batch -> {
                                    if (Thread.currentThread().getName().startsWith("turnasync-backfill")) {
                                        forksBatches.incrementAndGet();
                                        forkIsIn.countDown();
                                        forkGoesOn.await();
                                    } else if (main.get() == null) {
                                        forkIsIn.await();
                                        main.set(Thread.currentThread());
                                    }
                                    try (var statement = batch.connection().createStatement()) {
                                        statement.execute("UPDATE t SET c = c + 1 WHERE " + batch.condition());
                                    }
                                    if (Thread.currentThread() == main.get()) {
                                        mainLane.run();
                                    }
                                }))
                .inPieces());
        build.database().execute("CREATE TABLE t (id int PRIMARY KEY, c int DEFAULT 0)");
        build.database().execute("INSERT INTO t SELECT n FROM generate_series(1, 1000) AS n");
        return build.migrate();
    }

    private DrainResult drain(Deployment build) throws Exception {
        var node = build.node(AsyncMigrations.builder(build.flyway()).retryPolicy(RetryPolicy.never()));
        var result = CompletableFuture.supplyAsync(node::drain);
        // The main lane waits for the fork's, or, as it must not, has left it behind.
        await().until(() -> result.isDone() || isWaiting(main.get()));
        forkGoesOn.countDown();
        return result.get();
    }

    private static boolean isWaiting(@Nullable Thread thread) {
        return thread != null && thread.getState() == Thread.State.WAITING;
    }

    @Test
    void waitsForItsLanesWhateverABodysInterruptSays() throws Exception {
        try (var build = deployment(() -> Thread.currentThread().interrupt())) {
            assertThat(drain(build).succeeded()).isEqualTo(1);

            assertThat(build.database().column("SELECT count(*) FROM t WHERE c = 1"))
                    .containsExactly(1000L);
        }
    }

    @Test
    void endsTheOthersAfterTheirPresentBatchWhenOneThrowsAnError() throws Exception {
        try (var build = deployment(() -> {
            throw new NoClassDefFoundError("com/example/Gone");
        })) {
            assertThat(drain(build).failure()).hasMessageContaining("com/example/Gone");

            assertThat(build.status("1")).isEqualTo(EntryStatus.FAILED);
            assertThat(forksBatches).hasValue(1);
        }
    }
}

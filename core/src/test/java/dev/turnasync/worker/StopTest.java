package dev.turnasync.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.Attempt.Outcome;
import dev.turnasync.api.DrainResult;
import dev.turnasync.api.DrainResult.StopReason;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class StopTest {

    @Test
    void handsBackAtTheNextTransactionAndCountsNoAttempt() throws Exception {
        var begun = new CountDownLatch(1);
        try (var build = Deployment.of(Script.async("1", context -> {
                            for (var n = context.checkpoint()
                                                    .map(Integer::parseInt)
                                                    .orElse(0)
                                            + 1;
                                    n <= 1_000;
                                    n++) {
                                var number = n;
                                context.inTransaction(tx -> {
                                    Script.note(context, "row " + number);
                                    tx.checkpoint(Integer.toString(number));
                                    return 1;
                                });
                                begun.countDown();
                            }
                        })
                        .inPieces())
                .migrate()) {
            var stopping = build.node();
            var result = CompletableFuture.supplyAsync(stopping::drain);
            begun.await();
            stopping.close();

            assertThat(result.get().handedBack()).isEqualTo(1);
            assertThat(result.get().why()).isEqualTo(StopReason.STOPPED);
            assertThat(build.status("1")).isEqualTo(EntryStatus.QUEUED);
            assertThat(build.entry("1").tries().failed()).isZero();

            build.node().drain();
            assertThat(build.journal()).hasSize(1_000).doesNotHaveDuplicates();
        }
    }

    @Test
    void cancelsAStatementThatOutlastsTheGrace() throws Exception {
        var begun = new CountDownLatch(1);
        try (var build = Deployment.of(Script.async("1", context -> {
                    Script.note(context, "void");
                    begun.countDown();
                    try (var statement = context.getConnection().createStatement()) {
                        statement.execute("SELECT pg_sleep(" + (context.attempt() == 1 ? 3600 : 0) + ")");
                    }
                }))
                .migrate()) {
            var stopping = build.node(AsyncMigrations.builder(build.flyway()).stopGrace(Duration.ZERO));
            var result = CompletableFuture.supplyAsync(stopping::drain);
            begun.await();
            stopping.close();

            assertThat(result.get().handedBack()).isEqualTo(1);
            assertThat(build.journal()).isEmpty();
            assertThat(build.node().queue().attempts(build.entry("1")))
                    .extracting(attempt -> attempt.outcome())
                    .containsExactly(Outcome.HANDED_BACK);
            assertThat(build.node().drain().succeeded()).isEqualTo(1);
        }
    }

    /** Such as a statement behind a network that swallows everything. */
    @Test
    void closesTheConnectionOfAStatementThatCannotBeCancelled() throws Exception {
        var begun = new CountDownLatch(1);
        try (var build = Deployment.of(Script.async("1", context -> {
                    begun.countDown();
                    if (context.attempt() == 1) {
                        try (var statement = context.getConnection().createStatement()) {
                            statement.execute("""
                                    DO $$ BEGIN LOOP BEGIN PERFORM pg_sleep(60);
                                    EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$""");
                        }
                    }
                }))
                .migrate()) {
            var stopping = build.node(AsyncMigrations.builder(build.flyway())
                    .leaseFor(Duration.ofSeconds(2))
                    .stopGrace(Duration.ZERO));
            var result = CompletableFuture.supplyAsync(stopping::drain);
            begun.await();
            stopping.close();

            assertThat(result.get().handedBack()).isEqualTo(1);
            assertThat(build.node().drain().succeeded()).isEqualTo(1);
        }
    }

    @Test
    void turnsAnInterruptIntoAStopAndKeepsItForTheCaller() throws Exception {
        var begun = new CountDownLatch(1);
        try (var build = Deployment.of(Script.async("1", context -> {
                    begun.countDown();
                    try (var statement = context.getConnection().createStatement()) {
                        statement.execute("SELECT pg_sleep(" + (context.attempt() == 1 ? 3600 : 0) + ")");
                    }
                }))
                .migrate()) {
            var node = build.node(AsyncMigrations.builder(build.flyway()).stopGrace(Duration.ZERO));
            var result = new CompletableFuture<DrainResult>();
            var interrupted = new CompletableFuture<Boolean>();
            var caller = new Thread(() -> {
                result.complete(node.drain());
                interrupted.complete(Thread.currentThread().isInterrupted());
            });
            caller.start();
            begun.await();
            caller.interrupt();

            assertThat(result.get().handedBack()).isEqualTo(1);
            assertThat(interrupted.get()).isTrue();
            assertThat(build.status("1")).isEqualTo(EntryStatus.QUEUED);
            assertThat(node.drain().succeeded()).isEqualTo(1);
        }
    }

    @Test
    void refusesToDrainFromInsideAMigration() {
        var node = new java.util.concurrent.atomic.AtomicReference<AsyncMigrations>();
        try (var build =
                Deployment.of(Script.async("1", context -> node.get().drain())).migrate()) {
            node.set(build.node());
            assertThat(node.get().worker().drainOne().failure()).hasMessageContaining("must not drain");
        }
    }

    @Test
    void drainsNothingAfterItWasClosed() {
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate()) {
            var node = build.node();
            node.close();
            assertThat(node.drain().why()).isEqualTo(StopReason.STOPPED);
            assertThat(build.journal()).isEmpty();
        }
    }
}

package dev.turnasync.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.Attempt.Outcome;
import dev.turnasync.api.DrainResult;
import dev.turnasync.api.DrainResult.StopReason;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import dev.turnasync.fixture.Script.Body;
import java.sql.SQLSyntaxErrorException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Operators hold an entry back while it runs and while it waits. */
class HoldsTest {

    /** Changes a hundred rows, ten at a time, and stops for a moment in batch 3 so that the test can act in its middle. */
    private static Body backfill(CountDownLatch inBatch, CountDownLatch goOn) {
        return context -> context.backfill().over("t").batchSize(10, 10).run(batch -> {
            if (batch.condition().contains("'20'")) {
                inBatch.countDown();
                goOn.await();
            }
            try (var statement = batch.connection().createStatement()) {
                statement.execute("UPDATE t SET c = c + 1 WHERE " + batch.condition());
            }
        });
    }

    private static Deployment deployment(Body body) {
        var build = Deployment.of(Script.async("1", body).inPieces(), Script.async("2", Script.note("2")));
        build.database().execute("CREATE TABLE t (id int PRIMARY KEY, c int DEFAULT 0)");
        build.database().execute("INSERT INTO t SELECT n FROM generate_series(1, 100) AS n");
        return build.migrate();
    }

    private static Object changed(Deployment build) {
        return build.database().column("SELECT count(*) FROM t WHERE c = 1").get(0);
    }

    @Test
    void pauseEndsARunAfterItsPresentBatchAndResumeGoesOn() throws Exception {
        var inBatch = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        try (var build = deployment(backfill(inBatch, goOn))) {
            var node = build.node();
            var result = CompletableFuture.supplyAsync(node::drain);
            inBatch.await();
            node.queue().pause("1", "anna", "too busy an hour");
            goOn.countDown();

            assertThat(result.get().why()).isEqualTo(StopReason.PAUSED);
            assertThat(changed(build)).isEqualTo(20L);
            var entry = build.entry("1");
            assertThat(entry.status()).isEqualTo(EntryStatus.PAUSED);
            assertThat(entry.reason()).isEqualTo("pause by anna: too busy an hour");
            assertThat(entry.tries().failed()).isZero();
            assertThat(node.drain().why()).isEqualTo(StopReason.PAUSED);
            assertThat(build.journal()).isEmpty();

            node.queue().resume("1", "anna", "night");
            assertThat(node.drain().succeeded()).isEqualTo(2);
            assertThat(changed(build)).isEqualTo(100L);
        }
    }

    @Test
    void cancelEndsARunInTheMiddleOfItsStatement() throws Exception {
        var begun = new CountDownLatch(1);
        try (var build = deployment(context -> {
            begun.countDown();
            try (var statement = context.getConnection().createStatement()) {
                statement.execute("SELECT pg_sleep(" + (context.attempt() == 1 ? 3600 : 0) + ")");
            }
        })) {
            var node = build.node();
            var result = CompletableFuture.supplyAsync(node::drain);
            begun.await();
            node.queue().cancel("1", "anna", "it locks the shop");

            assertThat(result.get().why()).isEqualTo(StopReason.BLOCKED);
            var entry = build.entry("1");
            assertThat(entry.status()).isEqualTo(EntryStatus.FAILED);
            assertThat(entry.reason()).isEqualTo("cancel by anna: it locks the shop");
            assertThat(entry.tries().failed()).isZero();
            assertThat(node.queue().attempts(entry))
                    .extracting(a -> a.outcome())
                    .containsExactly(Outcome.HANDED_BACK);

            node.queue().retry("1", "anna", "another hour");
            assertThat(node.drain().succeeded()).isEqualTo(2);
        }
    }

    @Test
    void resumeTakesBackAPauseThatWasNotObeyedYet() throws Exception {
        var inBatch = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        try (var build = deployment(backfill(inBatch, goOn))) {
            var node = build.node();
            var result = CompletableFuture.supplyAsync(node::drain);
            inBatch.await();
            node.queue().pause("1", "anna", "too busy");
            node.queue().resume("1", "anna", "not so busy");
            goOn.countDown();

            assertThat(result.get().runs()).isBetween(2, 3);
            await().until(() -> node.drain().why() == StopReason.EMPTY);
            assertThat(changed(build)).isEqualTo(100L);
        }
    }

    @Test
    void throttleHoldsTheBatchesOfARunThatKeepsItsPlace() throws Exception {
        var inBatch = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        try (var build = deployment(backfill(inBatch, goOn))) {
            var node = build.node();
            var result = CompletableFuture.supplyAsync(node::drain);
            inBatch.await();
            node.queue().throttle("1", Duration.ofHours(1), "anna", "the sale");
            goOn.countDown();

            await().untilAsserted(() -> {
                var waiting = build.entry("1").progress().waiting();
                assertThat(waiting).isNotNull();
                assertThat(waiting.reason()).startsWith("throttle by anna: the sale until ");
                assertThat(waiting.since()).isNotNull();
            });
            assertThat(build.status("1")).isEqualTo(EntryStatus.RUNNING);
            assertThat(changed(build)).isEqualTo(20L);

            node.queue().throttle("1", Duration.ZERO, "anna", "the sale is over");
            assertThat(result.get().succeeded()).isEqualTo(2);
            assertThat(changed(build)).isEqualTo(100L);
            assertThat(build.entry("1").progress().waiting()).isNull();
        }
    }

    private static List<Object> requests(Deployment build) {
        return build.database().column("SELECT request FROM async_schema_requests");
    }

    @Test
    void pauseActsOnARunThatIsThrottled() throws Exception {
        var open = new CountDownLatch(0);
        try (var build = deployment(backfill(open, open))) {
            var node = build.node();
            node.queue().throttle("1", Duration.ofHours(1), "anna", "the sale");
            var result = CompletableFuture.supplyAsync(node::drain);
            await().until(() -> build.entry("1").progress().waiting() != null);
            node.queue().pause("1", "anna", "for good");

            assertThat(result.get().why()).isEqualTo(StopReason.PAUSED);
            assertThat(requests(build)).containsExactly("THROTTLE");
        }
    }

    @Test
    void aPauseOutlivesTheWorkerThatShouldHaveObeyedIt() {
        try (var build = deployment(Script.note("1"))) {
            build.database().execute("""
                    UPDATE async_schema_lease SET token = 7, worker = 'dead', lease_until = clock_timestamp() - INTERVAL '1 s'""");
            build.database().execute("""
                    UPDATE async_schema_migrations SET came_from = 'QUEUED', status = 'RUNNING', worker = 'dead', token = 7,
                        attempt = 1, started_at = clock_timestamp() WHERE version = '1'""");
            build.database().execute("""
                    INSERT INTO async_schema_attempts (entry_id, attempt, worker, token)
                    SELECT id, 1, 'dead', 7 FROM async_schema_migrations WHERE version = '1'""");
            var node = build.node();
            node.queue().pause("1", "anna", "look at it first");

            DrainResult result = node.drain();

            assertThat(result.why()).isEqualTo(StopReason.PAUSED);
            assertThat(build.status("1")).isEqualTo(EntryStatus.PAUSED);
            node.queue().resume("1", "anna", "fine");
            assertThat(node.drain().succeeded()).isEqualTo(2);
        }
    }

    @Test
    void aFailedEntryIsFailedAgainAfterAPause() {
        try (var build = deployment(context -> {
            throw new SQLSyntaxErrorException("wrong", "42601");
        })) {
            var node = build.node();
            node.drain();
            node.queue().pause("1", "anna", "look at it");
            assertThat(node.drain().why()).isEqualTo(StopReason.PAUSED);
            node.queue().resume("1", "anna", "looked at it");
            assertThat(build.status("1")).isEqualTo(EntryStatus.FAILED);
        }
    }

    @Test
    void refusesWhatMakesNoSenseAndRecordsWhatWasDone() {
        try (var build = deployment(Script.note("1"))) {
            var queue = build.node().queue();
            assertThatThrownBy(() -> queue.cancel("1", "anna", "why not")).hasMessageContaining("only RUNNING");
            assertThatThrownBy(() -> queue.resume("1", "anna", "why not")).hasMessageContaining("only PAUSED");
            assertThatThrownBy(() -> queue.pause("9", "anna", "why not")).hasMessageContaining("no entry 9");
            assertThatThrownBy(() -> queue.pause("1", "anna", " ")).hasMessageContaining("reason must not be blank");
            queue.pause("1", "anna", "first");
            assertThatThrownBy(() -> queue.pause("1", "bert", "second")).hasMessageContaining("it is PAUSED");
            queue.resume("1", "bert", "third");
            build.node(AsyncMigrations.builder(build.flyway())).drain();
            assertThatThrownBy(() -> queue.throttle("1", Duration.ofHours(1), "anna", "late"))
                    .hasMessageContaining("SUCCEEDED");

            assertThat(
                            build.database()
                                    .column(
                                            "SELECT action || ' ' || actor || ' ' || reason FROM async_schema_actions ORDER BY id"))
                    .containsExactly("pause anna first", "resume bert third");
        }
    }
}

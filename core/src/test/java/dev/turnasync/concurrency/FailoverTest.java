package dev.turnasync.concurrency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.AsyncMigrationsBuilder;
import dev.turnasync.api.Attempt;
import dev.turnasync.api.Attempt.Outcome;
import dev.turnasync.api.DrainResult;
import dev.turnasync.api.DrainResult.StopReason;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.QueueReport.Finding;
import dev.turnasync.api.QueueReport.Kind;
import dev.turnasync.api.RetryPolicy;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Outage;
import dev.turnasync.fixture.Rewind;
import dev.turnasync.fixture.Script;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A database that lost a claim, as a standby that lagged when it was promoted: the next worker gets the old one's number again. */
class FailoverTest {

    private final Outage outage = new Outage();
    private final AtomicInteger runs = new AtomicInteger();
    private final List<CountDownLatch> begun = List.of(new CountDownLatch(1), new CountDownLatch(1));
    private final List<CountDownLatch> mayEnd = List.of(new CountDownLatch(1), new CountDownLatch(1));

    /** Begins, waits, and notes which run it was. */
    private Script waiting() {
        return Script.async("1", context -> {
                    var run = runs.getAndIncrement();
                    begun.get(run).countDown();
                    if (!mayEnd.get(run).await(60, TimeUnit.SECONDS)) {
                        throw new AssertionError("never told to go on");
                    }
                    Script.note(context, "run " + run);
                })
                .inPieces();
    }

    private static AsyncMigrationsBuilder oneAttempt(AsyncMigrationsBuilder builder) {
        return builder.retryPolicy(RetryPolicy.never().withDelays(Duration.ZERO, Duration.ZERO));
    }

    private AsyncMigrations old(Deployment build) {
        var source = outage.around(build.database().dataSource());
        return build.node(
                oneAttempt(AsyncMigrations.builder(build.flyway(source))).leaseFor(Duration.ofSeconds(1)));
    }

    private static AsyncMigrations successor(Deployment build) {
        return build.node(oneAttempt(AsyncMigrations.builder(build.flyway())).leaseFor(Duration.ofHours(1)));
    }

    private static CompletableFuture<DrainResult> inBackground(AsyncMigrations node) {
        return CompletableFuture.supplyAsync(node::drain, Executors.newSingleThreadExecutor());
    }

    private static List<Attempt> attempts(Deployment build) {
        return successor(build).queue().attempts(build.entry("1"));
    }

    @Test
    void theOldWorkerLeavesTheSessionAndTheLeaseOfItsSuccessorAlone() throws Exception {
        try (var build = Deployment.of(waiting()).migrate()) {
            var before = Rewind.save(build.database());
            var old = inBackground(old(build));
            begun.get(0).await();
            outage.begin();
            before.toWhatWasSaved();
            var successor = inBackground(successor(build));
            begun.get(1).await();
            outage.end();
            mayEnd.get(0).countDown();

            assertThat(old.get().why()).isEqualTo(StopReason.LEASE_LOST);
            assertThat(old.get().runs()).isZero();
            assertThat(build.database()
                            .column("SELECT lease_until > clock_timestamp() + INTERVAL '50 minutes'"
                                    + " FROM async_schema_lease"))
                    .as("the successor's hour, not the old one's second")
                    .containsExactly(true);
            mayEnd.get(1).countDown();
            assertThat(successor.get().succeeded()).isEqualTo(1);
            assertThat(build.journal()).containsExactly("run 1");
            assertThat(attempts(build)).extracting(Attempt::outcome).containsExactly(Outcome.SUCCEEDED);
            assertNamed(build);
        }
    }

    /** The check names it until a person took note. */
    private static void assertNamed(Deployment build) {
        var queue = successor(build).queue();
        assertThat(queue.check().findings())
                .filteredOn(finding -> finding.kind() == Kind.WENT_BACK)
                .extracting(Finding::message)
                .singleElement(STRING)
                .contains("held token 1 and ran V1 step 1, attempt 1", "the database no longer knows of it");
        assertThat(queue.check().isHealthy()).isFalse();
        assertThat(queue.fix("ada").fixed()).singleElement(STRING).startsWith("took note that the database went back");
        assertThat(queue.check().isHealthy()).isTrue();
    }

    @Test
    void aTakeoverIsNoSetback() throws Exception {
        try (var build = Deployment.of(waiting()).migrate()) {
            var old = inBackground(build.node(oneAttempt(AsyncMigrations.builder(build.flyway()))));
            begun.get(0).await();
            build.expireLease();
            mayEnd.get(1).countDown();
            assertThat(successor(build).drain().succeeded()).isEqualTo(1);
            mayEnd.get(0).countDown();

            assertThat(old.get().why()).isEqualTo(StopReason.LEASE_LOST);
            assertThat(successor(build).queue().check().isHealthy()).isTrue();
        }
    }

    @Test
    void theOldWorkerReportsNoSuccessThatIsItsSuccessors() throws Exception {
        try (var build = Deployment.of(waiting()).migrate()) {
            var before = Rewind.save(build.database());
            var source = build.database().dataSource();
            var old = inBackground(build.node(oneAttempt(AsyncMigrations.builder(build.flyway()))
                    .leaseDataSource(outage.around(source))
                    .leaseFor(Duration.ofSeconds(1))));
            begun.get(0).await();
            outage.begin();
            before.toWhatWasSaved();
            mayEnd.get(1).countDown();
            assertThat(successor(build).drain().succeeded()).isEqualTo(1);
            outage.end();
            mayEnd.get(0).countDown();

            assertThat(old.get().succeeded()).isZero();
            assertThat(old.get().why()).isEqualTo(StopReason.LEASE_LOST);
            assertThat(attempts(build)).extracting(Attempt::outcome).containsExactly(Outcome.SUCCEEDED);
            assertNamed(build);
        }
    }

    /** Nothing was lost, and the lease is still the worker's own. */
    @Test
    void aWorkerGoesOnWhenNothingWasLost() throws Exception {
        try (var build = Deployment.of(Script.async("1", context -> {
                            if (runs.getAndIncrement() == 0) {
                                outage.begin();
                                outage.end();
                            }
                            Script.note(context, "run " + context.attempt());
                        })
                        .inPieces())
                .migrate()) {
            var source = outage.around(build.database().dataSource());
            var node = build.node(AsyncMigrations.builder(build.flyway(source)).retryPolicy(Deployment.AT_ONCE));

            assertThat(node.drain().succeeded()).isEqualTo(1);
            assertThat(build.journal()).containsExactly("run 2");
            assertThat(build.database().column("SELECT token FROM async_schema_lease"))
                    .containsExactly(1L);
        }
    }

    /** Three pieces, each with its checkpoint; the first run loses the second piece at the end of a piece of choice. */
    private Script pieces(Deployment[] build, int lostAfter) {
        return Script.async("1", context -> {
                    var first = runs.getAndIncrement() == 0;
                    Rewind before = null;
                    for (var n = context.checkpoint().map(Integer::parseInt).orElse(0) + 1; n <= 3; n++) {
                        var number = n;
                        if (first && n == 2) {
                            before = Rewind.save(build[0].database());
                        }
                        context.inTransaction(tx -> {
                            Script.note(context, "piece " + number);
                            tx.checkpoint(Integer.toString(number));
                            return 1;
                        });
                        if (first && n == lostAfter) {
                            before.toWhatWasSaved();
                        }
                    }
                })
                .inPieces();
    }

    /** The claim came through and the last commits did not; a pooler hides it all from the run. */
    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void aRunNeverSucceedsWithoutWhatItCommitted(int lostAfter) throws Exception {
        var build = new Deployment[1];
        build[0] = Deployment.of(pieces(build, lostAfter)).migrate();
        try (var deployed = build[0]) {
            var node = deployed.node();
            assertThat(node.drain().why()).isEqualTo(StopReason.LEASE_LOST);
            assertThat(deployed.status("1")).isEqualTo(EntryStatus.QUEUED);
            assertThat(node.drain().succeeded()).isEqualTo(1);
            assertThat(deployed.journal()).containsExactly("piece 1", "piece 2", "piece 3");
            assertThat(deployed.entry("1").tries().failed()).isZero();
        }
    }

    /** A backup from when this very lease was held: its runs are gone, though its token is valid. */
    @Test
    void aRunThatABackupDoesNotKnowCommitsNothing() throws Exception {
        try (var build = Deployment.of(
                        Script.async("1", Script.note("1")),
                        Script.async("2", context -> {
                                    if (runs.getAndIncrement() == 0) {
                                        begun.get(0).countDown();
                                        mayEnd.get(0).await();
                                    }
                                    context.inTransaction(tx -> {
                                        Script.note(context, "2");
                                        return 1;
                                    });
                                })
                                .inPieces())
                .migrate()) {
            var old = inBackground(old(build));
            begun.get(0).await();
            build.database().execute("""
                    DELETE FROM async_schema_attempts a
                    USING async_schema_migrations m
                    WHERE m.id = a.entry_id AND m.entry_key = '2';
                    UPDATE async_schema_migrations
                    SET status = 'QUEUED', came_from = NULL, reason = 'as in the backup', worker = NULL, token = NULL,
                        holder = gen_random_uuid(), attempt = 0, started_at = NULL
                    WHERE entry_key = '2'""");
            mayEnd.get(0).countDown();

            assertThat(old.get().why()).isEqualTo(StopReason.LEASE_LOST);
            assertThat(build.status("2")).isEqualTo(EntryStatus.QUEUED);
            await().until(() -> successor(build).drain().succeeded() == 1);
            assertThat(build.journal()).containsExactly("1", "2");
        }
    }
}

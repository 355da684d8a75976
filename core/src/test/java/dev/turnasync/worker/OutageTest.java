package dev.turnasync.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.Attempt.Outcome;
import dev.turnasync.api.DrainResult;
import dev.turnasync.api.DrainResult.StopReason;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.MigrationListener.Event;
import dev.turnasync.api.RetryPolicy;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Outage;
import dev.turnasync.fixture.Script;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.flywaydb.core.api.migration.Context;
import org.junit.jupiter.api.Test;

/** The database goes away and comes back while a worker lives. */
class OutageTest {

    private static final RetryPolicy ONE_ATTEMPT = RetryPolicy.never().withDelays(Duration.ZERO, Duration.ZERO);

    /** Soon lost when it cannot be renewed, and not lost where a machine is slow. */
    private static final Duration SHORT_LEASE = Duration.ofSeconds(2);

    private final Outage outage = new Outage();
    private final CountDownLatch begun = new CountDownLatch(1);

    private AsyncMigrations node(Deployment build, RetryPolicy policy) {
        return node(build, policy, Duration.ofSeconds(30));
    }

    private AsyncMigrations node(Deployment build, RetryPolicy policy, Duration lease) {
        return build.node(AsyncMigrations.builder(
                        build.flyway(outage.around(build.database().dataSource())))
                .leaseFor(lease)
                .retryPolicy(policy));
    }

    private static CompletableFuture<DrainResult> inBackground(AsyncMigrations node) {
        return CompletableFuture.supplyAsync(node::drain, Executors.newSingleThreadExecutor());
    }

    @Test
    void storesHowARunEndedWhenTheDatabaseIsBackAndThenTakesANewLease() throws Exception {
        try (var build = Deployment.of(
                        Script.async("1", context -> {
                                    Script.note(context, "first");
                                    outage.begin();
                                    await().until(context::stopRequested);
                                    begun.countDown();
                                })
                                .inPieces(),
                        Script.async("2", Script.note("second")))
                .migrate()) {
            var source = build.database().dataSource();
            var node = build.node(AsyncMigrations.builder(build.flyway(source))
                    .leaseDataSource(outage.around(source))
                    .leaseFor(SHORT_LEASE));
            var result = inBackground(node);
            begun.await();
            var refused = outage.refused();
            await().until(() -> outage.refused() > refused + 2);
            outage.end();

            assertThat(result.get().succeeded()).isEqualTo(1);
            assertThat(result.get().why()).isEqualTo(StopReason.LEASE_LOST);
            assertThat(build.status("1")).isEqualTo(EntryStatus.SUCCEEDED);
            assertThat(node.drain().succeeded()).isEqualTo(1);
            assertThat(node.queue().attempts(build.entry("2"))).hasSize(1);
            assertThat(build.journal()).containsExactly("first", "second");
        }
    }

    /** The network breaks, and the server goes on with the statement: the next attempt must not begin beside it. */
    @Test
    void endsWhatTheServerStillRunsBeforeItIsRepeated() throws Exception {
        try (var build = Deployment.of(Script.async("1", context -> {
                                    if (context.attempt() == 1) {
                                        waitForALockAndNote(context, "late");
                                    }
                                    Script.note(context, "attempt " + context.attempt());
                                })
                                .inPieces())
                        .migrate();
                var holder = build.database().dataSource().getConnection();
                var statement = holder.createStatement()) {
            statement.execute("SELECT pg_advisory_lock(1)");
            var result = inBackground(node(build, Deployment.AT_ONCE));
            var waiting =
                    "SELECT pid FROM pg_stat_activity WHERE wait_event = 'advisory' AND application_name LIKE 'turnasync:%'";
            await().until(() -> !build.database().query(waiting).isEmpty());
            outage.begin();
            await().until(() -> outage.refused() > 0);
            outage.end();

            assertThat(result.get().succeeded()).isEqualTo(1);
            assertThat(build.database().query(waiting)).isEmpty();
            statement.execute("SELECT pg_advisory_unlock(1)");
            assertThat(build.journal()).containsExactly("attempt 2");
        }
    }

    /** On a server that does not look by itself whether the client is still there. */
    private static void waitForALockAndNote(Context context, String what) throws SQLException {
        try (var statement = context.getConnection().createStatement()) {
            statement.execute("SET client_connection_check_interval = 0");
            statement.execute("DO $$ BEGIN PERFORM pg_advisory_lock(1); INSERT INTO journal (what) VALUES ('" + what
                    + "'); END $$");
        }
    }

    @Test
    void succeedsThoughTheAnswerToItsCommitWasLost() {
        try (var build = Deployment.of(Script.async("1", Script.note("ran"))).migrate()) {
            outage.loseAnswerToCommitOf("INTO journal");

            assertThat(node(build, ONE_ATTEMPT).drain().succeeded()).isEqualTo(1);
            assertThat(build.journal()).containsExactly("ran");
        }
    }

    @Test
    void takesItsOwnClaimWhenTheAnswerWasLost() {
        try (var build = Deployment.of(Script.async("1", Script.note("ran"))).migrate()) {
            outage.loseAnswerToCommitOf("async_schema_attempts (entry_id");
            var node = node(build, ONE_ATTEMPT);

            assertThat(node.drain().succeeded()).isEqualTo(1);
            assertThat(build.entry("1").tries().workerDeaths()).isZero();
            assertThat(node.queue().attempts(build.entry("1")))
                    .extracting(attempt -> attempt.outcome())
                    .containsExactly(Outcome.SUCCEEDED);
        }
    }

    @Test
    void blamesNobodyWhenItLostTouchAndNobodyTookOver() throws Exception {
        try (var build = Deployment.of(Script.async("1", context -> {
                            if (context.attempt() == 1) {
                                outage.begin();
                                begun.countDown();
                                await().until(context::stopRequested);
                            }
                            context.inTransaction(tx -> {
                                Script.note(context, "attempt " + context.attempt());
                                return 1;
                            });
                        })
                        .inPieces())
                .migrate()) {
            var node = node(build, ONE_ATTEMPT, SHORT_LEASE);
            var result = inBackground(node);
            begun.await();
            var refused = outage.refused();
            await().until(() -> outage.refused() > refused + 6);
            outage.end();

            assertThat(result.get().why()).isEqualTo(StopReason.LEASE_LOST);
            assertThat(build.status("1")).isEqualTo(EntryStatus.QUEUED);
            assertThat(build.entry("1").tries().workerDeaths()).isZero();
            assertThat(node.drain().succeeded()).isEqualTo(1);
            assertThat(build.journal()).containsExactly("attempt 2");
        }
    }

    /** Two rows, and the first attempt loses its connection after the first one, or before it. */
    private Deployment losingItsConnection(boolean afterACheckpoint) {
        return Deployment.of(Script.async("1", context -> {
                            var done =
                                    context.checkpoint().map(Integer::parseInt).orElse(0);
                            for (var n = done + 1; n <= 2; n++) {
                                if (context.attempt() == 1 && n == (afterACheckpoint ? 2 : 1)) {
                                    endOwnSession(context.getConnection());
                                }
                                var number = n;
                                context.inTransaction(tx -> {
                                    Script.note(context, "row " + number);
                                    tx.checkpoint(Integer.toString(number));
                                    return 1;
                                });
                            }
                        })
                        .inPieces())
                .migrate();
    }

    private static void endOwnSession(java.sql.Connection connection) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute("SELECT pg_terminate_backend(pg_backend_pid())");
        }
    }

    @Test
    void countsNoFailureForAConnectionThatBrokeAfterACheckpoint() {
        try (var build = losingItsConnection(true)) {
            var result = node(build, ONE_ATTEMPT).drain();

            assertThat(result.succeeded()).isEqualTo(1);
            assertThat(build.journal()).containsExactly("row 1", "row 2");
            assertThat(build.entry("1").tries().failed()).isZero();
            assertThat(build.node().queue().attempts(build.entry("1")))
                    .extracting(attempt -> attempt.outcome())
                    .containsExactly(Outcome.LOST, Outcome.SUCCEEDED);
        }
    }

    @Test
    void countsAFailureForAnotherDatabasesConnection() {
        try (var build = Deployment.of(Script.async("1", context -> {
                            context.inTransaction(tx -> {
                                tx.checkpoint("begun");
                                return 1;
                            });
                            throw new SQLTransientConnectionException("the billing pool is exhausted");
                        })
                        .inPieces())
                .migrate()) {
            assertThat(node(build, ONE_ATTEMPT).drain().failed()).isEqualTo(1);
            assertThat(build.entry("1").tries().failed()).isEqualTo(1);
        }
    }

    @Test
    void countsAFailureForACheckpointThatDoesNotMove() {
        try (var build = Deployment.of(Script.async("1", context -> {
                            context.inTransaction(tx -> {
                                tx.checkpoint("begun");
                                return 1;
                            });
                            endOwnSession(context.getConnection());
                        })
                        .inPieces())
                .migrate()) {
            assertThat(node(build, ONE_ATTEMPT).drain().failed()).isEqualTo(1);
            assertThat(build.entry("1").run().attempt()).isEqualTo(2); // the first one moved it
        }
    }

    @Test
    void countsNoFailureForAConnectionThatBrokeBeforeTheBodyBegan() {
        try (var build = Deployment.of(Script.async("1", Script.note("ran"))).migrate()) {
            var node = node(build, ONE_ATTEMPT);
            var broken = new AtomicBoolean();
            node.onEvent(event -> {
                if (event instanceof Event.Started && broken.compareAndSet(false, true)) {
                    outage.begin();
                    outage.end();
                }
            });
            assertThat(node.drain().succeeded()).isEqualTo(1);
            assertThat(build.entry("1").tries().failed()).isZero();
        }
    }

    @Test
    void tellsOfAFailureThoughTheAnswerToItsSettlementWasLost() {
        try (var build = Deployment.of(Script.async("1", context -> {
                    throw new SQLException("wrong", "42601");
                }))
                .migrate()) {
            outage.loseAnswerToCommitOf("SET outcome");
            var result = node(build, ONE_ATTEMPT).drain();

            assertThat(result.failed()).isEqualTo(1);
            assertThat(result.failure()).hasMessage("wrong");
        }
    }

    /** A worker that freezes between two statements of its own bookkeeping holds the fence, too. */
    @Test
    void takesOverFromAWorkerThatFrozeWhileItClaimed() throws Exception {
        try (var build = Deployment.of(Script.async("1", Script.note("ran"))).migrate()) {
            var frozen = new Outage();
            frozen.freezeBeforeCommitOf("async_schema_attempts (entry_id");
            var zombie = build.node(AsyncMigrations.builder(
                            build.flyway(frozen.around(build.database().dataSource())))
                    .leaseFor(Duration.ofSeconds(1)));
            var result = inBackground(zombie);
            await().until(frozen::isFrozen);
            var other = node(build, ONE_ATTEMPT);

            await().until(() -> other.drain().succeeded() == 1);
            frozen.thaw();

            assertThat(build.journal()).containsExactly("ran");
            assertThat(result.handle((done, failure) -> true).get()).isTrue();
        }
    }

    @Test
    void countsAFailureForAConnectionThatBrokeBeforeAnyCheckpoint() {
        try (var build = losingItsConnection(false)) {
            assertThat(node(build, ONE_ATTEMPT).drain().failed()).isEqualTo(1);
            assertThat(build.status("1")).isEqualTo(EntryStatus.FAILED);
            assertThat(build.journal()).isEmpty();
        }
    }
}

package dev.turnasync.concurrency;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.Attempt.Outcome;
import dev.turnasync.api.DrainResult;
import dev.turnasync.api.DrainResult.StopReason;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import dev.turnasync.fixture.UnfencedDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** A worker that freezes beyond its lease, while another takes over, and then wakes up. */
class ZombieTest {

    private final CountDownLatch frozen = new CountDownLatch(1);
    private final CountDownLatch thaw = new CountDownLatch(1);

    /** Writes rows 1 to 3, one a transaction; the first attempt freezes before row 2. */
    private Script threeRows() {
        return Script.async("1", context -> {
                    for (var n = context.checkpoint().map(Integer::parseInt).orElse(0) + 1; n <= 3; n++) {
                        if (n == 2 && context.attempt() == 1) {
                            hide(context.getConnection());
                            freeze();
                        }
                        var number = n;
                        context.inTransaction(tx -> {
                            Script.note(context, "row " + number);
                            tx.checkpoint(Integer.toString(number));
                            return 1;
                        });
                    }
                })
                .inPieces();
    }

    /** Nobody finds and ends this session any more, so that the fence alone is put to the test. */
    private static void hide(Connection connection) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute("SET application_name = 'hidden'");
        }
    }

    private void freeze() throws InterruptedException {
        frozen.countDown();
        if (!thaw.await(60, TimeUnit.SECONDS)) {
            throw new AssertionError("never thawed");
        }
    }

    private CompletableFuture<DrainResult> drainInBackground(Deployment build, DataSource dataSource) {
        var node = build.node(AsyncMigrations.builder(build.flyway(dataSource)).retryPolicy(Deployment.AT_ONCE));
        return CompletableFuture.supplyAsync(node::drain);
    }

    @Test
    void cannotCommitAfterAnotherWorkerTookOver() throws Exception {
        try (var build = Deployment.of(threeRows()).migrate()) {
            var zombie = drainInBackground(build, build.database().dataSource());
            frozen.await();
            build.expireLease();

            assertThat(build.node().drain().succeeded()).isEqualTo(1);
            thaw.countDown();

            assertThat(zombie.get().why()).isEqualTo(StopReason.LEASE_LOST);
            assertThat(build.journal()).containsExactly("row 1", "row 2", "row 3");
            assertThat(build.status("1")).isEqualTo(EntryStatus.SUCCEEDED);
            assertThat(build.node().queue().attempts(build.entry("1")))
                    .extracting(attempt -> attempt.outcome())
                    .containsExactly(Outcome.LOST, Outcome.SUCCEEDED);
        }
    }

    /** The canary of the test above. */
    @Test
    void doublesRowsWhereTheFenceIsTakenOut() throws Exception {
        try (var build = Deployment.of(threeRows()).migrate()) {
            var zombie = drainInBackground(
                    build, UnfencedDataSource.around(build.database().dataSource()));
            frozen.await();
            build.expireLease();

            assertThat(build.node().drain().succeeded()).isEqualTo(1);
            thaw.countDown();
            zombie.get();

            assertThat(build.journal()).hasSizeGreaterThan(3);
        }
    }

    @Test
    void losesItsOpenTransactionToTheWorkerThatTakesOver() throws Exception {
        var body = Script.async("1", context -> {
            Script.note(context, "attempt " + context.attempt());
            if (context.attempt() == 1) {
                freeze();
            }
        });
        try (var build = Deployment.of(body).migrate()) {
            var zombie = drainInBackground(build, build.database().dataSource());
            frozen.await();
            build.expireLease();

            assertThat(build.node().drain().succeeded()).isEqualTo(1);
            thaw.countDown();

            assertThat(zombie.get().succeeded()).isZero();
            assertThat(build.journal()).containsExactly("attempt 2");
        }
    }

    @Test
    void leavesALiveWorkerAlone() throws Exception {
        try (var build = Deployment.of(threeRows()).migrate()) {
            var worker = drainInBackground(build, build.database().dataSource());
            frozen.await();

            var other = build.node().drain();
            assertThat(other.why()).isEqualTo(StopReason.LEASE_HELD);
            assertThat(other.runs()).isZero();
            thaw.countDown();

            assertThat(worker.get().succeeded()).isEqualTo(1);
            assertThat(build.journal()).containsExactly("row 1", "row 2", "row 3");
        }
    }

    @Test
    void asksAPersonAfterTheSecondDeathWithoutACheckpoint() {
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate()) {
            die(build);
            assertThat(build.node().worker().drainOne().succeeded()).isEqualTo(1);

            var again = build.next(Script.async("1", Script.note("1")), Script.async("2", Script.note("2")))
                    .migrate();
            die(again);
            die(again);

            assertThat(again.node().drain().why()).isEqualTo(StopReason.BLOCKED);
            assertThat(again.entry("2").reason()).contains("not for the first time");
            assertThat(again.journal()).containsExactly("1");
        }
    }

    /** Leaves the head RUNNING under a lease that ran out, as a worker does that is killed. */
    private static void die(Deployment build) {
        build.node().worker();
        var store = new dev.turnasync.jdbc.JdbcQueueStore(
                build.database().dataSource(), new dev.turnasync.jdbc.QueueName("public", "flyway_schema_history"));
        var lease = store.tryLease("doomed", java.time.Duration.ofSeconds(30)).orElseThrow();
        lease.recover(Deployment.AT_ONCE);
        assertThat(lease.claim(entry -> true, true).claim()).isNotNull();
        build.expireLease();
    }
}

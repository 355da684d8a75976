package dev.turnasync.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.DrainResult.StopReason;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.MigrationListener;
import dev.turnasync.api.RetryPolicy;
import dev.turnasync.api.WorkerStoppingException;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What a body leaves behind, and what others do to a run from outside. */
class LeftOverTest {

    private static void sql(Connection connection, String text) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(text);
        }
    }

    @Test
    void keepsWhatABodyDidAfterItCommittedByItself() {
        try (var build = Deployment.of(Script.async("1", context -> {
            Script.note(context, "batch 1");
            context.getConnection().commit();
            Script.note(context, "last batch, left for Flyway to commit");
        }))) {
            build.migrate().node().drain();

            assertThat(build.status("1")).isEqualTo(EntryStatus.SUCCEEDED);
            assertThat(build.journal()).containsExactly("batch 1", "last batch, left for Flyway to commit");
        }
    }

    @Test
    void refusesABodyInPiecesThatLeavesItsOwnTransactionOpen() {
        try (var build = Deployment.of(Script.async("1", context -> {
                    context.getConnection().setAutoCommit(false);
                    Script.note(context, "never committed");
                })
                .inPieces())) {
            build.migrate().node().drain();

            assertThat(build.status("1")).isEqualTo(EntryStatus.FAILED);
            assertThat(build.journal()).isEmpty();
        }
    }

    @Test
    void acceptsABodyInPiecesThatCommitsItsOwnTransaction() {
        try (var build = Deployment.of(Script.async("1", context -> {
                    context.getConnection().setAutoCommit(false);
                    Script.note(context, "done");
                    context.getConnection().commit();
                })
                .inPieces())) {
            build.migrate().node().drain();

            assertThat(build.status("1")).isEqualTo(EntryStatus.SUCCEEDED);
            assertThat(build.journal()).containsExactly("done");
        }
    }

    @Test
    void givesNoOpenTransactionBackToThePool() {
        givesBack(context -> sql(context.getConnection(), "BEGIN"));
    }

    @Test
    void givesNoAbortedTransactionBackToThePool() {
        givesBack(context -> {
            sql(context.getConnection(), "BEGIN");
            sql(context.getConnection(), "SELECT 1/0");
        });
    }

    @Test
    void leavesNoSettingInAConnectionThatABodyClosed() throws SQLException {
        try (var build = Deployment.of(Script.async("1", context -> {
                            sql(context.getConnection(), "SET statement_timeout = '5s'");
                            context.getConnection().close();
                        })
                        .inPieces());
                var pool = new HikariDataSource()) {
            build.migrate();
            pool.setDataSource(build.database().dataSource());
            pool.setMaximumPoolSize(2);
            var node = build.node(AsyncMigrations.builder(build.flyway(pool)).retryPolicy(RetryPolicy.never()));
            node.drain();
            node.close();
            try (var one = pool.getConnection();
                    var two = pool.getConnection()) {
                assertThat(List.of(timeout(one), timeout(two))).doesNotContain("5s");
            }
        }
    }

    /** A client may meet the session that was ended; that is better than its settings. */
    private static String timeout(Connection connection) {
        try (var statement = connection.createStatement();
                var result = statement.executeQuery("SHOW statement_timeout")) {
            result.next();
            return result.getString(1);
        } catch (SQLException e) {
            return "ended: " + e.getMessage();
        }
    }

    private static void givesBack(Script.Body body) {
        try (var build = Deployment.of(Script.async("1", body).inPieces());
                var pool = new HikariDataSource()) {
            build.migrate();
            pool.setDataSource(build.database().dataSource());
            pool.setMaximumPoolSize(2);
            var node = build.node(AsyncMigrations.builder(build.flyway(pool)).retryPolicy(RetryPolicy.never()));
            node.drain();
            node.close();
            // Both connections are used by the application.
            try (var one = pool.getConnection();
                    var two = pool.getConnection()) {
                sql(one, "INSERT INTO journal (what) VALUES ('app')");
                sql(two, "INSERT INTO journal (what) VALUES ('app')");
            } catch (SQLException e) {
                throw new AssertionError(e);
            }
            assertThat(build.journal()).containsExactly("app", "app");
        }
    }

    @Test
    void doesNotSpinOnABodyThatSaysTheWorkerStops() {
        try (var build = Deployment.of(Script.async("1", context -> {
            throw new WorkerStoppingException("not now");
        }))) {
            build.migrate().node().drain();
            assertThat(build.status("1")).isEqualTo(EntryStatus.FAILED);
        }
    }

    @Test
    void keepsABodysInterruptFromTheNextMigration() {
        try (var build = Deployment.of(
                Script.async("1", context -> Thread.currentThread().interrupt()), Script.async("2", context -> {
                    new Semaphore(1).acquire();
                    Script.note(context, "2");
                }))) {
            var node =
                    build.migrate().node(AsyncMigrations.builder(build.flyway()).retryPolicy(RetryPolicy.never()));
            assertThat(node.drain().succeeded()).isEqualTo(2);
        }
    }

    @Test
    void survivesAnErrorOfAListener() {
        try (var build = Deployment.of(Script.async("1", Script.note("1")))) {
            var node = build.migrate()
                    .node(AsyncMigrations.builder(build.flyway()).onEvent(event -> {
                        throw new NoClassDefFoundError("a listener's missing jar");
                    }));
            assertThat(node.drain().succeeded()).isEqualTo(1);
        }
    }

    @Test
    void keepsTheLeaseWhileAListenerHangs() throws Exception {
        var hanging = new CountDownLatch(1);
        var release = new CountDownLatch(1);
        MigrationListener slow = event -> {
            if (event instanceof MigrationListener.Event.Progressed) {
                hanging.countDown();
                awaitQuietly(release);
            }
        };
        try (var build = Deployment.of(Script.async("1", context -> {
                    context.progress(1, 2);
                    release.await();
                }))
                .migrate()) {
            var node = build.node(AsyncMigrations.builder(build.flyway())
                    .leaseFor(Duration.ofSeconds(2))
                    .onEvent(slow));
            var drain = CompletableFuture.supplyAsync(node::drain);
            hanging.await();
            var end = build.database()
                    .column("SELECT lease_until FROM async_schema_lease")
                    .get(0);
            Awaitility.await()
                    .until(() -> build.database()
                            .column("SELECT clock_timestamp() > ?", end)
                            .contains(true));

            assertThat(build.node().drain().why()).isEqualTo(StopReason.LEASE_HELD);
            release.countDown();
            assertThat(drain.join().succeeded()).isEqualTo(1);
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void keepsWatchingAfterAnErrorOfAWaker() throws Exception {
        try (var build = Deployment.of(Script.async("1", Script.note("1")))) {
            var node =
                    build.migrate().node(AsyncMigrations.builder(build.flyway()).watchEvery(Duration.ofMillis(100)));
            var calls = new AtomicInteger();
            var twice = new CountDownLatch(2);
            try (var watch = node.watch(head -> {
                twice.countDown();
                if (calls.getAndIncrement() == 0) {
                    throw new NoClassDefFoundError("a scheduler's missing jar");
                }
            })) {
                assertThat(watch).isNotNull();
                twice.await();
            }
        }
    }

    @Test
    void endsAZombieBetweenTwoStatementsOfItsOwn() throws Exception {
        var frozen = new CountDownLatch(1);
        var thaw = new CountDownLatch(1);
        try (var build = Deployment.of(Script.async("1", context -> {
                    if (context.attempt() == 1) {
                        frozen.countDown();
                        thaw.await();
                    }
                    Script.note(context, "attempt " + context.attempt());
                })
                .inPieces())) {
            var node = build.migrate().node();
            var zombie = CompletableFuture.supplyAsync(node::drain);
            frozen.await();
            build.expireLease();
            assertThat(build.node().drain().succeeded()).isEqualTo(1);
            thaw.countDown();
            zombie.join();

            assertThat(build.journal()).containsExactly("attempt 2");
        }
    }

    @Test
    void keepsAPoolsOwnLockTimeout() throws Exception {
        try (var build = Deployment.of(Script.async("1", Script.note("1")));
                var pool = new HikariDataSource()) {
            build.migrate();
            pool.setDataSource(build.database().dataSource());
            pool.setMaximumPoolSize(2);
            pool.setConnectionInitSql("SET lock_timeout = '9s'");
            build.node(AsyncMigrations.builder(build.flyway(pool))).drain();
            try (var one = pool.getConnection();
                    var two = pool.getConnection()) {
                assertThat(lockTimeout(one)).isEqualTo("9s");
                assertThat(lockTimeout(two)).isEqualTo("9s");
            }
        }
    }

    @Test
    void dropsAnInterruptedDrainThatWaitsForItsTurn() throws Exception {
        var started = new CountDownLatch(1);
        var go = new CountDownLatch(1);
        try (var build = Deployment.of(Script.async("1", context -> {
            started.countDown();
            go.await();
        }))) {
            var node = build.migrate().node();
            var first = CompletableFuture.supplyAsync(node::drain);
            started.await();
            var second = new Thread(node::drain);
            second.start();
            second.interrupt();
            second.join(60_000);
            var waits = second.isAlive();
            go.countDown();
            assertThat(first.join().succeeded()).isEqualTo(1);
            assertThat(waits).isFalse();
        }
    }

    @Test
    void doesNotWaitForItselfWhenABodyClosesTheWorker() {
        var holder = new AsyncMigrations[1];
        try (var build = Deployment.of(Script.async("1", context -> holder[0].close()))) {
            holder[0] = build.migrate().node();
            assertThat(holder[0].drain().runs()).isEqualTo(1);
        }
    }

    @Test
    void waitsOnceForAPoolThatIsTooSmall() {
        var refusals = new AtomicInteger();
        try (var build = Deployment.of(Script.async("1", Script.note("1")));
                var pool = new HikariDataSource() {
                    @Override
                    public Connection getConnection() throws SQLException {
                        try {
                            return super.getConnection();
                        } catch (SQLException e) {
                            refusals.incrementAndGet();
                            throw e;
                        }
                    }
                }) {
            build.migrate();
            pool.setDataSource(build.database().dataSource());
            pool.setMaximumPoolSize(1);
            pool.setConnectionTimeout(1_000);
            var node = build.node(AsyncMigrations.builder(build.flyway(pool)));
            assertThatThrownBy(node::drain).hasMessageContaining("two connections");
            assertThat(refusals).hasValue(1);
        }
    }

    private static String lockTimeout(Connection connection) throws SQLException {
        try (var statement = connection.createStatement();
                var row = statement.executeQuery("SHOW lock_timeout")) {
            row.next();
            return row.getString(1);
        }
    }
}

package dev.turnasync.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.DrainResult.StopReason;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.LeaseLostException;
import dev.turnasync.api.RetryPolicy;
import dev.turnasync.fixture.BadNetwork;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import dev.turnasync.resumable.AsyncContext.Fork;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The sessions beside a run's own end with it, whatever becomes of them. */
class ForksTest {

    private static final String TABLE = "CREATE TABLE t (id int PRIMARY KEY, c int DEFAULT 0);"
            + " INSERT INTO t SELECT n FROM generate_series(1, 1000) AS n";

    private static List<Object> labels(Deployment build) {
        return build.database()
                .column("SELECT application_name FROM pg_stat_activity"
                        + " WHERE application_name LIKE 'turnasync:%' AND datname = current_database()");
    }

    private static void noteIn(Fork fork, String what) throws Exception {
        fork.inTransaction(tx -> {
            try (var statement = tx.connection().createStatement()) {
                statement.execute("INSERT INTO journal (what) VALUES ('" + what + "')");
            }
            tx.checkpoint("late", what);
            return 1;
        });
    }

    @Test
    void stopClosesAForkThatHangsBehindADeadNetwork() throws Exception {
        var network = new BadNetwork();
        var forkIsIn = new CountDownLatch(1);
        try (var build = Deployment.of(Script.async(
                        "1",
                        context -> context.backfill()
                                .over("t")
                                .batchSize(20, 20)
                                .parallelism(2)
                                .run(batch -> {
                                    if (Thread.currentThread().getName().startsWith("turnasync-backfill")) {
                                        network.swallowMyNextStatement();
                                        forkIsIn.countDown();
                                        batch.connection().createStatement().close();
                                    } else {
                                        forkIsIn.await();
                                    }
                                }))
                .inPieces())) {
            build.database().execute(TABLE);
            build.migrate();
            var node = build.node(AsyncMigrations.builder(build.flyway())
                    .dataSource(network.around(build.database().dataSource()))
                    .leaseFor(Duration.ofSeconds(2))
                    .stopGrace(Duration.ZERO));
            var result = CompletableFuture.supplyAsync(node::drain);
            await().until(network::isSilent);
            node.close();

            assertThat(result.get().why()).isEqualTo(StopReason.STOPPED);
            assertThat(build.status("1")).isEqualTo(EntryStatus.QUEUED);
        }
    }

    /** What a body kept of its run must not commit behind the fence of a later one. */
    @Test
    void aForkThatWasLeftOpenEndsWithItsRun() {
        var kept = new AtomicReference<@Nullable Fork>();
        var one = Script.async("1", context -> kept.set(context.fork().orElseThrow()))
                .inPieces();
        var two = Script.async("2", context -> {
            assertThatThrownBy(() -> noteIn(kept.get(), "late")).isInstanceOf(Exception.class);
            Script.note(context, "2");
        });
        try (var build = Deployment.of(one, two).migrate()) {
            assertThat(build.node().drain().succeeded()).isEqualTo(2);

            assertThat(build.journal()).containsExactly("2");
            assertThat(build.database().column("SELECT name FROM async_schema_checkpoints"))
                    .isEmpty();
            await().until(() -> labels(build).isEmpty());
        }
    }

    /** The token is still the worker's own; the attempt is not. */
    @Test
    void nothingCommitsForAnAttemptThatIsOver() {
        try (var build = Deployment.of(Script.async("1", context -> {
                    try (var fork = context.fork().orElseThrow();
                            var other =
                                    context.getConfiguration().getDataSource().getConnection();
                            var statement = other.createStatement()) {
                        noteIn(fork, "in time");
                        statement.execute("UPDATE async_schema_migrations SET attempt = attempt + 1");
                        assertThatThrownBy(() -> noteIn(fork, "late")).isInstanceOf(LeaseLostException.class);
                        statement.execute("UPDATE async_schema_migrations SET attempt = attempt - 1");
                    }
                })
                .inPieces())) {
            build.migrate();
            assertThat(build.node().drain().failure()).isNull();
            assertThat(build.journal()).containsExactly("in time");
        }
    }

    @Test
    void refusesAForkOfAMigrationThatIsOneTransaction() {
        try (var build = Deployment.of(Script.async("1", context -> {
                    try (var fork = context.fork().orElseThrow()) {
                        noteIn(fork, "apart");
                    }
                }))
                .migrate()) {
            var node = build.node(AsyncMigrations.builder(build.flyway()).retryPolicy(RetryPolicy.never()));
            assertThat(node.drain().failure()).hasMessageContaining("canExecuteInTransaction() return false");
            assertThat(build.journal()).isEmpty();
        }
    }

    private static void backfillOver(BadNetwork network, Runnable trouble) {
        try (var build = Deployment.of(Script.async("1", context -> {
                            trouble.run();
                            context.backfill()
                                    .over("t")
                                    .set("c = c + 1")
                                    .batchSize(50, 50)
                                    .parallelism(3)
                                    .run();
                        })
                        .inPieces());
                var pool = new HikariDataSource()) {
            build.database().execute(TABLE);
            build.migrate();
            pool.setDataSource(build.database().dataSource());
            pool.setMaximumPoolSize(5);
            var node = build.node(AsyncMigrations.builder(build.flyway()).dataSource(network.around(pool)));

            assertThat(node.drain().failure()).isNull();
            assertThat(build.database().column("SELECT count(*) FROM t WHERE c = 1"))
                    .containsExactly(1000L);
            node.close();
            await().until(() -> labels(build).isEmpty());
            assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
        }
    }

    @Test
    void aForkThatCouldNotBePreparedLeavesNoLabelInThePool() {
        var network = new BadNetwork();
        backfillOver(network, () -> network.failNext("set_config('search_path'"));
    }

    @Test
    void aPoolThatThrowsWhatItLikesCostsNoMoreThanAFork() {
        var network = new BadNetwork();
        backfillOver(network, network::refuseNextConnection);
    }
}

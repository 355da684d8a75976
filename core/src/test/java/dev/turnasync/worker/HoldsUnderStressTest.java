package dev.turnasync.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.DrainResult.StopReason;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.fixture.BadNetwork;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What operators and the platform ask of a run arrives, whatever the database and the network do. */
class HoldsUnderStressTest {

    private final BadNetwork network = new BadNetwork();

    private static void sql(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static boolean isSeen(Deployment build, String condition) {
        return !build.database()
                .query(
                        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND "
                                + condition)
                .isEmpty();
    }

    /** As Holds.pause does, in slow motion: the worker waits for the row's lock, and must then see the request. */
    @ParameterizedTest
    @ValueSource(strings = {"read committed", "repeatable read", "serializable"})
    void aPauseIsKeptWhateverTheDefaultIsolation(String isolation) throws Exception {
        var begun = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        try (var build = Deployment.of(Script.async("1", context -> {
                                    Script.note(context, "attempt " + context.attempt());
                                    begun.countDown();
                                    goOn.await();
                                    throw new IOException("down");
                                })
                                .inPieces())
                        .migrate();
                var operator = build.database().dataSource().getConnection()) {
            build.database()
                    .execute("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation = %L',"
                            + " current_database(), '" + isolation + "'); END $$");
            var result = CompletableFuture.supplyAsync(build.node()::drain);
            begun.await();
            operator.setAutoCommit(false);
            sql(operator, "SELECT status FROM async_schema_migrations WHERE id = 1 FOR NO KEY UPDATE");
            sql(operator, """
                    INSERT INTO async_schema_requests (entry_id, request, reason) VALUES (1, 'PAUSE', 'pause by anna: look')""");
            goOn.countDown();
            await().until(() -> isSeen(build, "wait_event_type = 'Lock'"));
            operator.commit();

            assertThat(result.get().why()).isEqualTo(StopReason.PAUSED);
            assertThat(build.status("1")).isEqualTo(EntryStatus.PAUSED);
            assertThat(build.journal()).containsExactly("attempt 1");
        }
    }

    private Deployment hanging() {
        return Deployment.of(Script.async("1", context -> {
                            Script.note(context, "attempt " + context.attempt());
                            if (context.attempt() == 1) {
                                network.swallowMyNextStatement();
                                context.getConnection().createStatement().close();
                            }
                        })
                        .inPieces())
                .migrate();
    }

    private AsyncMigrations overNetwork(Deployment build, Duration lease) {
        return build.node(AsyncMigrations.builder(build.flyway())
                .dataSource(network.around(build.database().dataSource()))
                .retryPolicy(Deployment.AT_ONCE)
                .leaseFor(lease));
    }

    @Test
    void cancelClosesAConnectionBehindADeadNetwork() throws Exception {
        try (var build = hanging()) {
            var node = overNetwork(build, Duration.ofSeconds(2));
            var result = CompletableFuture.supplyAsync(node::drain);
            await().until(network::isSilent);
            node.queue().cancel("1", "anna", "it hangs");

            assertThat(result.get().why()).isEqualTo(StopReason.BLOCKED);
            assertThat(build.entry("1").reason()).isEqualTo("cancel by anna: it hangs");
        }
    }

    /** The server closed the session, and the news of it never came. */
    @Test
    void aRunEndsWhoseSessionTheServerNoLongerHas() throws Exception {
        try (var build = hanging()) {
            var node = overNetwork(build, Duration.ofHours(1));
            var result = CompletableFuture.supplyAsync(node::drain);
            await().until(network::isSilent);
            build.database()
                    .query(
                            "SELECT pg_terminate_backend(backend_pid) FROM async_schema_attempts WHERE outcome = 'RUNNING'");

            assertThat(result.get().succeeded()).isEqualTo(1);
            assertThat(build.journal()).containsExactly("attempt 1", "attempt 2");
        }
    }

    /** Nobody can tell what operators ask for, and the platform still waits no longer than the grace it gave. */
    @Test
    void aStopCancelsTheStatementWhileRequestsCannotBeRead() throws Exception {
        var begun = new CountDownLatch(1);
        try (var build = Deployment.of(Script.async("1", context -> {
                                    begun.countDown();
                                    sql(context.getConnection(), "SELECT pg_sleep(3600)");
                                })
                                .inPieces())
                        .migrate();
                var other = build.database().dataSource().getConnection()) {
            var node = build.node(AsyncMigrations.builder(build.flyway())
                    .stopGrace(Duration.ZERO)
                    .leaseFor(Duration.ofHours(1))); // so that no connection is closed instead
            var result = CompletableFuture.supplyAsync(node::drain);
            begun.await();
            await().until(() -> isSeen(build, "wait_event = 'PgSleep'"));
            other.setAutoCommit(false);
            sql(other, "LOCK TABLE async_schema_requests IN ACCESS EXCLUSIVE MODE");
            var closing = CompletableFuture.runAsync(node::close);
            await().until(() -> !isSeen(build, "wait_event = 'PgSleep'"));
            other.rollback();

            closing.get();
            assertThat(result.get().handedBack()).isEqualTo(1);
        }
    }
}

package dev.turnasync.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.DrainResult.StopReason;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class PoolsTest {

    /** How long the statement takes that must keep its lease; {@code -Dlong.statement.seconds=900} for the real thing. */
    private static final int SECONDS = Integer.getInteger("long.statement.seconds", 4);

    private static final Duration LEASE = Duration.ofSeconds(Math.min(30, SECONDS / 2));

    private final CountDownLatch begun = new CountDownLatch(1);

    private static HikariDataSource pool(Deployment build, int size) {
        var pool = new HikariDataSource();
        pool.setDataSource(build.database().dataSource());
        pool.setMaximumPoolSize(size);
        pool.setConnectionTimeout(500);
        pool.setPoolName("the-shop");
        return pool;
    }

    @Test
    void namesAPoolThatIsTooSmallWhenAWorkerStarts() {
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate();
                var pool = pool(build, 1)) {
            var node = build.node(AsyncMigrations.builder(build.flyway(pool)));

            assertThatThrownBy(() -> node.watch(head -> {}))
                    .isInstanceOf(AsyncMigrationException.class)
                    .hasMessageContaining("the-shop")
                    .hasMessageContaining("at most 1")
                    .hasMessageContaining("takes 2");
            assertThat(node.queue().list()).hasSize(1); // an operator needs one connection only
        }
    }

    @Test
    void isContentWithOneConnectionWhereLeasesHaveTheirOwn() {
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate();
                var pool = pool(build, 1);
                var leases = pool(build, 2)) {
            var node = build.node(AsyncMigrations.builder(build.flyway(pool)).leaseDataSource(leases));
            node.watch(head -> node.drain());
            await().until(() -> build.journal().equals(List.of("1")));
        }
    }

    @Test
    @Timeout(1800)
    void keepsItsLeaseThroughALongStatementWhileThePoolIsExhausted() throws Exception {
        try (var build = Deployment.of(Script.async("1", context -> {
                            begun.countDown();
                            try (var statement = context.getConnection().createStatement()) {
                                statement.execute("SELECT pg_sleep(" + SECONDS + ")");
                            }
                        }))
                        .migrate();
                var pool = pool(build, 5)) {
            var node = build.node(AsyncMigrations.builder(build.flyway(pool)).leaseFor(LEASE));
            var result = CompletableFuture.supplyAsync(node::drain, Executors.newSingleThreadExecutor());
            begun.await();
            var taken = exhaust(pool);
            var others = EnumSet.noneOf(StopReason.class);
            var other = build.node();
            await().atMost(Duration.ofSeconds(SECONDS + 60))
                    .pollInterval(Duration.ofMillis(100))
                    .until(() -> {
                        others.add(other.drain().why());
                        return result.isDone();
                    });

            assertThat(result.get().succeeded()).isEqualTo(1);
            assertThat(taken).hasSize(3);
            assertThat(others).contains(StopReason.LEASE_HELD);
            assertThat(build.node().queue().attempts(build.entry("1"))).hasSize(1);
            for (var connection : taken) {
                connection.close();
            }
        }
    }

    /** Takes connections until there are none. */
    private static List<Connection> exhaust(HikariDataSource pool) {
        var taken = new ArrayList<Connection>();
        try {
            while (true) {
                taken.add(pool.getConnection());
            }
        } catch (SQLException e) {
            assertThat(e.getMessage()).contains("not available");
            return taken;
        }
    }
}

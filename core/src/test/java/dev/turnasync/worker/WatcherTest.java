package dev.turnasync.worker;

import static org.awaitility.Awaitility.await;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.AsyncMigrationsBuilder;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.RetryPolicy;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import dev.turnasync.jdbc.JdbcQueueStore;
import dev.turnasync.jdbc.QueueName;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The regular look comes once an hour here, so whatever happens soon does not come from it. */
class WatcherTest {

    private static AsyncMigrationsBuilder rarely(Deployment build) {
        return AsyncMigrations.builder(build.flyway()).watchEvery(Duration.ofHours(1));
    }

    private static AsyncMigrations watching(Deployment build, AsyncMigrationsBuilder options) {
        var node = build.node(options);
        node.watch(head -> node.drain());
        return node;
    }

    private static void succeeds(Deployment build, String key) {
        await().until(() -> build.status(key) == EntryStatus.SUCCEEDED);
    }

    @Test
    void looksAgainWhenTheBackoffEnds() {
        try (var build = Deployment.of(Script.async("1", context -> {
                    if (context.attempt() < 3) {
                        throw new IOException("not yet");
                    }
                }))
                .migrate()) {
            watching(
                    build,
                    rarely(build)
                            .retryPolicy(RetryPolicy.ofDefaults()
                                    .withDelays(Duration.ofMillis(300), Duration.ofMillis(300))));
            succeeds(build, "1");
        }
    }

    @Test
    void looksAgainWhenTheLeaseOfADeadWorkerRunsOut() {
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate()) {
            var store =
                    new JdbcQueueStore(build.database().dataSource(), new QueueName("public", "flyway_schema_history"));
            var dead = store.tryLease("doomed", Duration.ofSeconds(2)).orElseThrow();
            dead.claim(entry -> true, true);

            watching(build, rarely(build));

            succeeds(build, "1");
        }
    }

    @Test
    void hearsAtOnceOfAMigrateInAnotherProcess() {
        try (var build = Deployment.of(Script.async("1", Script.note("1")))) {
            watching(build, rarely(build).listenDataSource(build.database().dataSource()));
            build.migrate(); // its Flyway knows nothing of the one that is watched
            succeeds(build, "1");
        }
    }

    @Test
    void hearsAtOnceOfAnOperatorElsewhere() {
        try (var build = Deployment.of(Script.async("1", context -> {
                    if (context.attempt() == 1) {
                        throw new SQLException("wrong", "42601");
                    }
                }))
                .migrate()) {
            watching(build, rarely(build).listenDataSource(build.database().dataSource()));
            await().until(() -> build.status("1") == EntryStatus.FAILED);
            build.node().queue().retry("1", "ada", "mended");
            succeeds(build, "1");
        }
    }

    @Test
    void listensAgainAfterItsConnectionBroke() {
        try (var build = Deployment.of(Script.async("1", Script.note("1")))) {
            watching(build, rarely(build).listenDataSource(build.database().dataSource()));
            var listeners = "SELECT pid FROM pg_stat_activity WHERE query = 'LISTEN turnasync'";
            await().until(() -> !build.database().query(listeners).isEmpty());
            var broken = build.database()
                    .column("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN turnasync'");
            await().until(() ->
                    broken.size() == 1 && !build.database().query(listeners).isEmpty());
            build.migrate();
            succeeds(build, "1");
        }
    }
}

package dev.turnasync.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.Attempt.Outcome;
import dev.turnasync.api.DrainResult;
import dev.turnasync.api.DrainResult.StopReason;
import dev.turnasync.api.QueueReport.Kind;
import dev.turnasync.api.RetryPolicy;
import dev.turnasync.fixture.Script;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;

/** Real servers: a standby is promoted before a claim reached it, and both workers live. */
class FailoverTest {

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final AtomicInteger runs = new AtomicInteger();
    private final List<CountDownLatch> begun = List.of(new CountDownLatch(1), new CountDownLatch(1));
    private final List<CountDownLatch> mayEnd = List.of(new CountDownLatch(1), new CountDownLatch(1));

    private final Script migration = Script.async("1", context -> {
                var run = runs.getAndIncrement();
                begun.get(run).countDown();
                if (!mayEnd.get(run).await(2, TimeUnit.MINUTES)) {
                    throw new AssertionError("never told to go on");
                }
                Script.note(context, "run " + run);
            })
            .inPieces();

    private AsyncMigrations worker(Database database, Duration lease) {
        return AsyncMigrations.builder(flyway(database))
                .retryPolicy(RetryPolicy.never())
                .leaseFor(lease)
                .leaveShutdownToApplication()
                .build();
    }

    private Flyway flyway(Database database) {
        return Flyway.configure()
                .dataSource(database.dataSource())
                .locations(new String[0])
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .javaMigrations(migration)
                .load();
    }

    private static CompletableFuture<DrainResult> inBackground(AsyncMigrations worker) {
        return CompletableFuture.supplyAsync(worker::drain, Executors.newSingleThreadExecutor());
    }

    private static int token(Database database) {
        return database.number("SELECT token FROM async_schema_lease");
    }

    @Test
    void twoHoldersOfOneNumberAreTwoHolders() throws Exception {
        try (var servers = Replicated.withStandby();
                var database = servers.database("shop")) {
            database.execute("CREATE TABLE journal (n SERIAL, what TEXT NOT NULL)");
            flyway(database).migrate();
            servers.awaitStandby();
            servers.holdBack();
            try (var old = worker(database, Duration.ofSeconds(6));
                    var successor = worker(database, Duration.ofHours(1))) {
                var first = inBackground(old);
                await("the first claim")
                        .atMost(PATIENCE)
                        .until(() -> begun.get(0).getCount() == 0);
                assertThat(token(database)).isEqualTo(1);
                servers.failOver();
                var second = inBackground(successor);
                await("the claim again")
                        .atMost(PATIENCE)
                        .until(() -> begun.get(1).getCount() == 0);
                await("the count again").atMost(PATIENCE).until(() -> token(database) == 1);
                mayEnd.get(0).countDown();

                assertThat(first.get().why()).isEqualTo(StopReason.LEASE_LOST);
                assertThat(first.get().runs()).isZero();
                assertThat(database.number("SELECT count(*) FROM async_schema_lease"
                                + " WHERE lease_until > clock_timestamp() + INTERVAL '50 minutes'"))
                        .as("the successor's hour, not the old one's seconds")
                        .isEqualTo(1);
                mayEnd.get(1).countDown();

                assertThat(second.get().succeeded()).isEqualTo(1);
                assertThat(database.list("SELECT what FROM journal", row -> row.getString(1)))
                        .containsExactly("run 1");
                assertThat(successor
                                .queue()
                                .attempts(successor.queue().find("1").orElseThrow()))
                        .extracting(attempt -> attempt.outcome())
                        .containsExactly(Outcome.SUCCEEDED);
                assertThat(successor.queue().check().findings())
                        .extracting(finding -> finding.kind())
                        .contains(Kind.WENT_BACK);
            }
        }
    }
}

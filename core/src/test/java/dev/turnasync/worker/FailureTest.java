package dev.turnasync.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.Attempt;
import dev.turnasync.api.Attempt.Outcome;
import dev.turnasync.api.DrainResult.StopReason;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.RetryPolicy;
import dev.turnasync.api.SchemaMismatchException;
import dev.turnasync.database.TestDatabase;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import dev.turnasync.fixture.fragile.V1__Fragile;
import java.io.IOException;
import java.sql.SQLTransientException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FailureTest {

    @Test
    void repeatsAFailedAttemptAndHoldsBackThoseAfterIt() {
        try (var build = Deployment.of(
                        Script.async("1", context -> {
                            Script.note(context, "1, attempt " + context.attempt());
                            if (context.attempt() < 3) {
                                throw new SQLTransientException("try again", "40001");
                            }
                        }),
                        Script.async("2", Script.note("2")))
                .migrate()) {
            var result = build.node().drain();

            assertThat(build.journal()).containsExactly("1, attempt 3", "2");
            assertThat(result.retryable()).isEqualTo(2);
            assertThat(result.succeeded()).isEqualTo(2);
            assertThat(outcomes(build, "1")).containsExactly(Outcome.FAILED, Outcome.FAILED, Outcome.SUCCEEDED);
        }
    }

    @Test
    void blocksAfterTheLastAttemptUntilAPersonRetries() {
        try (var build = Deployment.of(
                        Script.async("1", context -> {
                            if (context.attempt() < 3) {
                                throw new IOException("no route");
                            }
                        }),
                        Script.async("2", Script.note("2")))
                .migrate()) {
            var node = build.node(
                    AsyncMigrations.builder(build.flyway()).retryPolicy(Deployment.AT_ONCE.withMaxAttempts(2)));

            assertThat(node.drain().why()).isEqualTo(StopReason.BLOCKED);
            assertThat(node.drain().why()).isEqualTo(StopReason.BLOCKED);
            assertThat(build.status("1")).isEqualTo(EntryStatus.FAILED);
            assertThat(build.entry("1").reason()).isEqualTo("all 2 attempts failed");
            assertThat(build.journal()).isEmpty();

            node.queue().retry("1", "ada", "route mended");
            assertThat(node.drain().succeeded()).isEqualTo(2);
            assertThat(build.journal()).containsExactly("2");
        }
    }

    @Test
    void goesOnAfterAPersonSkips() {
        try (var build = Deployment.of(
                        Script.async("1", context -> {
                            throw new IOException("no route");
                        }),
                        Script.async("2", Script.note("2")))
                .migrate()) {
            var node = build.node(AsyncMigrations.builder(build.flyway()).retryPolicy(RetryPolicy.never()));
            node.drain();

            node.queue().skip("1", "ada", "not needed any more");

            assertThat(node.drain().succeeded()).isEqualTo(1);
            assertThat(build.status("1")).isEqualTo(EntryStatus.SKIPPED);
            assertThat(build.entry("1").reason()).contains("ada").contains("not needed any more");
        }
    }

    @Test
    void failsAtOnceWhereRepeatingCannotHelp() {
        try (var build = Deployment.of(Script.async("1", context -> {
                    try (var statement = context.getConnection().createStatement()) {
                        statement.execute("UPDATE no_such_table SET x = 1");
                    }
                }))
                .migrate()) {
            var result = build.node().drain();

            assertThat(result.failed()).isEqualTo(1);
            assertThat(build.status("1")).isEqualTo(EntryStatus.FAILED);
            var failure = failure(build, "1");
            assertThat(failure.sqlState()).isEqualTo("42P01");
            assertThat(failure.message()).contains("no_such_table");
            assertThat(failure.stackTrace()).contains("FailureTest");
        }
    }

    static List<Throwable> failures() {
        return List.of(
                new IOException("checked"),
                new IllegalStateException("unchecked"),
                new StackOverflowError("error"),
                new NoClassDefFoundError("gone/Class"),
                new InterruptedException("interrupted"),
                new RuntimeException((String) null));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void keepsWhateverABodyThrowsAndGoesOnWithAUsableConnection(Throwable thrown) {
        try (var build = Deployment.of(
                        Script.async("1", context -> {
                            Script.note(context, "void");
                            throw thrown;
                        }),
                        Script.async("2", Script.note("2")))
                .migrate()) {
            var node = build.node(AsyncMigrations.builder(build.flyway()).retryPolicy(RetryPolicy.never()));

            var result = node.drain();

            assertThat(result.failure()).isSameAs(thrown);
            assertThat(build.status("1")).isEqualTo(EntryStatus.FAILED);
            assertThat(failure(build, "1").className())
                    .isEqualTo(thrown.getClass().getName());
            node.queue().skip("1", "ada", "tried enough");
            node.drain();
            assertThat(build.journal()).containsExactly("2");
        }
    }

    @Test
    void waitsForTheBackoffUnlessToldNotTo() {
        try (var build = Deployment.of(Script.async("1", context -> {
                    if (context.attempt() == 1) {
                        throw new IOException("once");
                    }
                }))
                .migrate()) {
            var node = build.node(AsyncMigrations.builder(build.flyway())
                    .retryPolicy(RetryPolicy.ofDefaults().withDelays(Duration.ofHours(1), Duration.ofHours(1))));

            var first = node.drain();
            assertThat(first.why()).isEqualTo(StopReason.NOT_DUE);
            assertThat(first.headEntry().orElseThrow().status()).isEqualTo(EntryStatus.RETRYABLE);
            assertThat(node.drain().runs()).isZero();
            assertThat(node.worker().drainOneNow().succeeded()).isEqualTo(1);
        }
    }

    @Test
    void recordsAConstructorThatThrowsWithTheEntryItBelongsTo() {
        try (var database = TestDatabase.fresh()) {
            var flyway = Flyway.configure()
                    .dataSource(database.dataSource())
                    .locations("classpath:dev/turnasync/fixture/fragile")
                    .load();
            flyway.migrate();
            System.setProperty(V1__Fragile.BREAKS, "true");
            try (var node = AsyncMigrations.builder(flyway)
                    .retryPolicy(RetryPolicy.never())
                    .build()) {
                assertThat(node.drain().failed()).isEqualTo(1);
                var entry = node.queue().find("1").orElseThrow();
                assertThat(entry.status()).isEqualTo(EntryStatus.FAILED);
                assertThat(Objects.requireNonNull(
                                        node.queue().attempts(entry).get(0).failure())
                                .stackTrace())
                        .contains("cannot be made here");

                System.clearProperty(V1__Fragile.BREAKS);
                node.queue().retry("1", "ada", "mended");
                assertThat(node.drain().succeeded()).isEqualTo(1);
            } finally {
                System.clearProperty(V1__Fragile.BREAKS);
            }
        }
    }

    @Test
    void saysWhichRightAWorkerLacks() {
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate()) {
            build.database().execute("CREATE ROLE visitor_of_queue LOGIN");
            try (var node = AsyncMigrations.of(build.flyway(build.database().dataSourceAs("visitor_of_queue")))) {
                assertThatThrownBy(node::drain)
                        .isInstanceOf(AsyncMigrationException.class)
                        .hasMessageContaining("permission denied for table async_schema_");
            } finally {
                build.database().execute("DROP ROLE visitor_of_queue");
            }
            assertThat(build.node().drain().succeeded()).isEqualTo(1);
        }
    }

    @Test
    void refusesADatabaseItDoesNotKnow() {
        var flyway = Flyway.configure()
                .dataSource("jdbc:h2:mem:unknown;DB_CLOSE_DELAY=-1", "sa", "")
                .load();
        assertThatThrownBy(() -> AsyncMigrations.of(flyway))
                .isInstanceOf(SchemaMismatchException.class)
                .hasMessageContaining("H2")
                .hasMessageContaining("turnasync.mode=inline");
    }

    @Test
    void refusesToRetryWhatHasNotFailed() {
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate()) {
            var node = build.node();
            assertThatThrownBy(() -> node.queue().retry("1", "ada", "why not"))
                    .hasMessageContaining("QUEUED")
                    .hasMessageContaining("V1 step 1");
            assertThatThrownBy(() -> node.queue().retry("9", "ada", "why not")).hasMessageContaining("9");
        }
    }

    private static List<Outcome> outcomes(Deployment build, String key) {
        var queue = build.node().queue();
        return queue.attempts(queue.find(key).orElseThrow()).stream()
                .map(Attempt::outcome)
                .toList();
    }

    private static Attempt.Failure failure(Deployment build, String key) {
        var queue = build.node().queue();
        return Objects.requireNonNull(
                queue.attempts(queue.find(key).orElseThrow()).get(0).failure());
    }
}

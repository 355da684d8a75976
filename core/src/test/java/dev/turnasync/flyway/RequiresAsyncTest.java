package dev.turnasync.flyway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.database.TestDatabase;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import dev.turnasync.flyway.fixture.AsyncStep;
import dev.turnasync.flyway.fixture.SyncStep;
import dev.turnasync.flyway.fixture.requiring.V3__Use;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.core.api.migration.JavaMigration;
import org.flywaydb.core.api.output.MigrateResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What {@code migrate} does with a migration that requires async ones. */
@Tag("hook")
class RequiresAsyncTest {

    private final TestDatabase database = TestDatabase.fresh();

    @AfterEach
    void drop() {
        database.close();
    }

    private FluentConfiguration with(JavaMigration... migrations) {
        return Flyways.with(database, migrations);
    }

    private void queueTwo() {
        with(SyncStep.of("1"), AsyncStep.of("2")).load().migrate();
    }

    private AsyncMigrations node(JavaMigration... migrations) {
        return AsyncMigrations.builder(with(migrations).load())
                .retryPolicy(Deployment.AT_ONCE)
                .leaveShutdownToApplication()
                .build();
    }

    private void drainTwo() {
        try (var node = node(AsyncStep.of("2"))) {
            node.drain();
        }
    }

    private MigrateResult migrateNine(JavaMigration nine) {
        return with(SyncStep.of("1"), AsyncStep.of("2"), nine).load().migrate();
    }

    @Test
    void failsUntilTheAsyncMigrationIsFinished() {
        queueTwo();

        assertThatThrownBy(() -> migrateNine(new Requiring.Fails()))
                .hasStackTraceContaining(
                        "V9 nine did not run, for it requires [2]: V2 step 2 is QUEUED (waits for its turn)")
                .hasStackTraceContaining("otherwise = WAIT or RUN_INLINE");
        assertThat(Flyways.versions(database)).containsExactly("1", "2");
        assertThat(Flyways.ran(database)).containsExactly("step 1");

        drainTwo();
        assertThat(migrateNine(new Requiring.Fails()).migrationsExecuted).isEqualTo(1);
        assertThat(Flyways.ran(database)).containsExactly("step 1", "step 2", "nine");
    }

    @Test
    void failsInTheMigrateThatQueuesIt() {
        assertThatThrownBy(() -> migrateNine(new Requiring.Fails())).hasStackTraceContaining("is QUEUED");
        assertThat(Flyways.versions(database)).containsExactly("1", "2");
    }

    @Test
    void takesASkippedOneForFinished() {
        queueTwo();
        try (var node = node(AsyncStep.of("2"))) {
            node.queue().skip("2", "me", "not needed");
        }

        assertThat(migrateNine(new Requiring.Fails()).migrationsExecuted).isEqualTo(1);
    }

    @Test
    void checksClassesToo() {
        assertThatThrownBy(() -> Flyways.scanning(database, "requiring").load().migrate())
                .hasStackTraceContaining("V3 Use did not run, for it requires [2]: V2 Fill is QUEUED");
        try (var node = AsyncMigrations.builder(
                        Flyways.scanning(database, "requiring").load())
                .leaveShutdownToApplication()
                .build()) {
            node.drain();
        }
        var flyway = Flyways.scanning(database, "requiring").load();

        assertThat(flyway.migrate().migrationsExecuted).isEqualTo(1);
        assertThat(Flyways.ran(database)).containsExactly("V2", "V3");
        assertThat(Flyways.history(database))
                .contains(Map.of(
                        "version",
                        "3",
                        "description",
                        "Use",
                        "type",
                        "JDBC",
                        "script",
                        V3__Use.class.getName(),
                        "checksum",
                        33,
                        "success",
                        true));
        assertThatCode(flyway::validate).doesNotThrowAnyException();
        assertThatCode(() -> Flyways.inline(Flyways.scanning(database, "requiring"))
                        .load()
                        .validate())
                .doesNotThrowAnyException();
    }

    @Test
    void staysValidWhenTheAnnotationComesOrGoes() {
        queueTwo();
        drainTwo();
        migrateNine(new Requiring.Fails());
        var script = database.column("SELECT script FROM flyway_schema_history WHERE version = '9'");

        assertThat(script).containsExactly(Requiring.Fails.class.getName());
        assertThatCode(() -> with(SyncStep.of("1"), AsyncStep.of("2"), new Requiring.Plain())
                        .load()
                        .validate())
                .doesNotThrowAnyException();
        assertThatCode(() -> with(SyncStep.of("1"), AsyncStep.of("2"), new Requiring.Waits())
                        .load()
                        .validate())
                .doesNotThrowAnyException();
    }

    @Test
    void waitsForAWorker() throws Exception {
        queueTwo();
        var migrate = CompletableFuture.supplyAsync(() -> migrateNine(new Requiring.Waits()));
        await().until(() -> !database.query("""
                        SELECT pid
                        FROM pg_locks
                        WHERE locktype = 'advisory' AND granted
                            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())""").isEmpty());
        assertThat(migrate).isNotDone();

        drainTwo();

        assertThat(migrate.get().migrationsExecuted).isEqualTo(1);
        assertThat(Flyways.ran(database)).containsExactly("step 1", "step 2", "nine");
    }

    @Test
    void endsTheWaitAtTheTimeout() {
        queueTwo();

        assertThatThrownBy(() -> migrateNine(new Requiring.WaitsShortly()))
                .hasStackTraceContaining("V2 step 2 is QUEUED")
                .hasStackTraceContaining("(waited ");
    }

    @Test
    void endsTheWaitWhereOnlyAPersonCanHelp() {
        queueTwo();
        try (var node = node(AsyncStep.of("2"))) {
            node.queue().pause("2", "me", "later");
        }
        assertThatThrownBy(() -> migrateNine(new Requiring.Waits()))
                .hasStackTraceContaining("V2 step 2 is PAUSED")
                .hasStackTraceContaining("turnasync retry, resume, skip");
        assertThatThrownBy(() -> migrateNine(new Requiring.RunsInline())).hasStackTraceContaining("is PAUSED");
    }

    @Test
    void endsTheWaitBehindAFailedHead() {
        var broken = Script.async("1.5", context -> {
            throw new AsyncMigrationException.Permanent("broken");
        });
        with(broken, AsyncStep.of("2")).load().migrate();
        try (var node = node(broken, AsyncStep.of("2"))) {
            node.drain();
        }

        assertThatThrownBy(() -> with(broken, AsyncStep.of("2"), new Requiring.Waits())
                        .load()
                        .migrate())
                .hasStackTraceContaining("V2 step 2 is QUEUED")
                .hasStackTraceContaining("V1.5 step 1.5 before it is FAILED");
    }

    @Test
    void runsTheQueueUpToItInline() {
        with(AsyncStep.of("1"), AsyncStep.of("2"), AsyncStep.of("3"), new Requiring.RunsInline())
                .load()
                .migrate();

        assertThat(Flyways.ran(database)).containsExactly("step 1", "step 2", "nine");
        assertThat(database.column("SELECT status FROM async_schema_migrations ORDER BY id"))
                .containsExactly("SUCCEEDED", "SUCCEEDED", "QUEUED");
        assertThat(Flyways.versions(database)).containsExactly("1", "2", "3", "9");
    }

    @Test
    void reportsAFailureOfWhatItRunsInline() {
        var broken = Script.async("2", context -> {
            throw new AsyncMigrationException.Permanent("broken");
        });

        assertThatThrownBy(() -> with(broken, new Requiring.RunsInline()).load().migrate())
                .hasStackTraceContaining("V2 step 2 is FAILED")
                .hasStackTraceContaining("turnasync retry");
        assertThat(Flyways.versions(database)).containsExactly("2");
    }

    @Test
    void waitsForTheWorkerThatHoldsTheLease() throws Exception {
        var began = new CountDownLatch(1);
        var mayEnd = new CountDownLatch(1);
        var slow = Script.async("2", context -> {
            began.countDown();
            mayEnd.await();
        });
        with(slow).load().migrate();
        try (var node = node(slow)) {
            var drain = CompletableFuture.supplyAsync(node::drain);
            began.await();
            assertThatThrownBy(() ->
                            with(slow, new Requiring.RunsInlineShortly()).load().migrate())
                    .hasStackTraceContaining("V2 step 2 is RUNNING")
                    .hasStackTraceContaining("(waited ");
            var migrate = CompletableFuture.supplyAsync(
                    () -> with(slow, new Requiring.RunsInline()).load().migrate());
            mayEnd.countDown();

            assertThat(drain.get().succeeded()).isEqualTo(1);
            assertThat(migrate.get().migrationsExecuted).isEqualTo(1);
        }
    }

    @Test
    void failsTheAttemptOfAnAsyncMigration() {
        with(AsyncStep.of("3"), new Requiring.IsAsync()).load().migrate();
        try (var node = node(AsyncStep.of("3"), new Requiring.IsAsync())) {
            var result = node.drain();

            assertThat(result.failure()).hasMessageContaining("V9 nine did not run, for it requires [2]");
            assertThat(node.queue().attempts(node.queue().find("9").orElseThrow()))
                    .hasSize(2);
            assertThat(node.queue().find("9").orElseThrow().status()).isEqualTo(EntryStatus.FAILED);
            assertThat(Flyways.ran(database)).containsExactly("step 3");
        }
        with(AsyncStep.of("2"), AsyncStep.of("3"), new Requiring.IsAsync())
                .outOfOrder(true)
                .load()
                .migrate();
        try (var node = node(AsyncStep.of("2"), AsyncStep.of("3"), new Requiring.IsAsync())) {
            node.queue().skip("2", "me", "not needed");
            node.queue().retry("9", "me", "its turn");
            node.drain();
            assertThat(Flyways.ran(database)).containsExactly("step 3", "nine");
        }
    }

    @Test
    void takesASyncOneThatIsAppliedForFinished() {
        with(SyncStep.of("2"), SyncStep.repeatable(7)).load().migrate();

        assertThat(with(SyncStep.of("2"), SyncStep.repeatable(7), new Requiring.WaitsForTwo())
                        .load()
                        .migrate()
                        .migrationsExecuted)
                .isEqualTo(1);
    }

    @Test
    void takesABaselineForAllBelowIt() {
        database.execute("CREATE TABLE ran (step TEXT NOT NULL)");

        assertThat(with(AsyncStep.of("2"), new Requiring.Fails())
                        .baselineOnMigrate(true)
                        .baselineVersion("2.1")
                        .load()
                        .migrate()
                        .migrationsExecuted)
                .isEqualTo(1);
    }

    @Test
    void refusesOneThatNobodyKnows() {
        assertThatThrownBy(() -> with(new Requiring.Waits()).load().migrate())
                .hasStackTraceContaining("2 is not in the queue, and Flyway's history does not list it as applied")
                .hasStackTraceContaining("Name a migration of a lower version");
    }

    @Test
    void saysWhyAGroupCannotSeeIt() {
        assertThatThrownBy(() -> with(AsyncStep.of("2"), new Requiring.Waits())
                        .group(true)
                        .load()
                        .migrate())
                .hasStackTraceContaining("group=true");
        assertThat(Flyways.tables(database)).doesNotContain("ran");
    }

    @Test
    void refusesAnnotationsThatMakeNoSense() {
        assertThatThrownBy(() -> with(new Requiring.NamesNothing()).load().migrate())
                .hasMessageContaining("names no migration");
        assertThatThrownBy(() -> with(new Requiring.IsNegative()).load().migrate())
                .hasMessageContaining("timeoutSeconds must not be negative");
    }

    @Test
    void isNotInTheWayInModeInline() {
        Flyways.inline(with(AsyncStep.of("2"), new Requiring.Fails())).load().migrate();

        assertThat(Flyways.ran(database)).containsExactly("step 2", "nine");
    }
}

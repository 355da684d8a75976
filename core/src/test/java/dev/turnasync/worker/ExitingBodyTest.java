package dev.turnasync.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.Attempt;
import dev.turnasync.api.Attempt.Outcome;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.MigrationListener.Event;
import dev.turnasync.database.TestDatabase;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A body that calls {@code System.exit}: its thread waits for the JVM's shutdown hooks, and hooks that stop workers wait for it. A real
 * process is the only one that can show it.
 */
class ExitingBodyTest {

    private static final int EXIT_CODE = 17;

    private static Script exiting(String who) {
        return Script.async("1", context -> {
                    switch (who) {
                        case "body" -> System.exit(EXIT_CODE);
                        case "thread" -> {
                            var thread = new Thread(() -> System.exit(EXIT_CODE));
                            thread.start();
                            thread.join();
                        }
                        default -> throw new AsyncMigrationException.Permanent("a listener hears of it");
                    }
                })
                .inPieces();
    }

    /** Runs in the process: drains until the body ends it. */
    public static void main(String[] arguments) {
        var source = new PGSimpleDataSource();
        source.setURL(arguments[1]);
        var flyway = Flyway.configure()
                .dataSource(source)
                .locations("classpath:dev/turnasync/nothing")
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .javaMigrations(exiting(arguments[2]))
                .load();
        var options = AsyncMigrations.builder(flyway)
                .retryPolicy(Deployment.AT_ONCE)
                .onEvent(event -> {
                    if (event instanceof Event.Failed) {
                        System.exit(EXIT_CODE);
                    }
                });
        if (arguments[0].equals("own hook")) {
            options.build().drain();
            return;
        }
        // As a scheduler's shutdown(true) in a hook of the application's: it waits for the job that drains.
        var drained = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                drained.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }));
        options.leaveShutdownToApplication().build().drain();
        drained.countDown();
    }

    private static void runOnce(String hook, String who, TestDatabase database)
            throws IOException, InterruptedException {
        var process = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        ExitingBodyTest.class.getName(),
                        hook,
                        database.url(),
                        who)
                .inheritIO()
                .start();
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).isEqualTo(EXIT_CODE);
    }

    @ParameterizedTest
    @CsvSource({"own hook, body", "a hook that waits for the drain, body", "a hook that waits for the drain, thread"})
    void countsAsTheDeathOfItsWorkerAndFreesTheLease(String hook, String who) throws Exception {
        try (var build = Deployment.of(exiting(who)).migrate()) {
            runOnce(hook, who, build.database());

            var entry = build.entry("1");
            assertThat(entry.status()).isEqualTo(EntryStatus.QUEUED);
            assertThat(entry.reason()).contains("called System.exit").contains("queued again");
            assertThat(entry.tries().workerDeaths()).isEqualTo(1);
            assertThat(build.database().column("SELECT worker FROM async_schema_lease"))
                    .containsOnlyNulls();
            assertThat(build.node().queue().attempts(entry))
                    .extracting(Attempt::outcome)
                    .containsExactly(Outcome.LOST);
        }
    }

    /** Its thread is the drain's own, which releases nothing any more. */
    @Test
    void aListenerThatExitsFreesTheLease() throws Exception {
        try (var build = Deployment.of(exiting("listener")).migrate()) {
            runOnce("own hook", "listener", build.database());

            assertThat(build.status("1")).isEqualTo(EntryStatus.FAILED);
            assertThat(build.database().column("SELECT worker FROM async_schema_lease"))
                    .containsOnlyNulls();
        }
    }

    @Test
    void doesNotKillOneWorkerAfterTheOther() throws Exception {
        try (var build = Deployment.of(exiting("body")).migrate()) {
            runOnce("own hook", "body", build.database());
            runOnce("own hook", "body", build.database());

            var entry = build.entry("1");
            assertThat(entry.status()).isEqualTo(EntryStatus.FAILED);
            assertThat(entry.reason()).contains("called System.exit").contains("not for the first time");
            assertThat(build.node().queue().attempts(entry).get(1).failure().stackTrace())
                    .contains("ExitingBodyTest");
        }
    }
}

package dev.turnasync.flyway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.database.TestDatabase;
import dev.turnasync.flyway.fixture.AsyncStep;
import dev.turnasync.flyway.fixture.SyncStep;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SQL migrations that ask {@code async_schema_requires} first. */
@Tag("hook")
class RequiresAsyncInSqlTest {

    private static final String UPDATE = "UPDATE \"app \"\"x\"\"\".async_schema_migrations ";

    private final TestDatabase database = TestDatabase.fresh();

    @TempDir
    Path scripts;

    @AfterEach
    void drop() {
        database.close();
    }

    private FluentConfiguration flyway() {
        return Flyways.with(database, SyncStep.of("1"), AsyncStep.of("2"), AsyncStep.of("3"), AsyncStep.repeatable(7))
                .locations("filesystem:" + scripts)
                .schemas("app \"x\"");
    }

    private void write(String call) throws IOException {
        Files.writeString(scripts.resolve("V9__Nine.sql"), "SELECT " + call + ";\nCREATE TABLE nine (id INTEGER);");
    }

    private void drain() {
        try (var node = AsyncMigrations.builder(flyway().load())
                .leaveShutdownToApplication()
                .build()) {
            node.drain();
        }
    }

    @Test
    void failsWithAHintUntilItIsFinished() throws IOException {
        flyway().load().migrate();
        write("async_schema_requires('V2.0')");

        assertThatThrownBy(() -> flyway().load().migrate())
                .hasStackTraceContaining("async migration 2 is required and is QUEUED")
                .hasStackTraceContaining("waits for its turn")
                .hasStackTraceContaining("wait => interval '10 minutes'");
        drain();
        assertThat(flyway().load().migrate().migrationsExecuted).isEqualTo(1);
    }

    @Test
    void waitsWhenAsked() throws Exception {
        flyway().load().migrate();
        write("async_schema_requires('R__refresh_totals', wait => interval '1 minute')");
        var migrate = CompletableFuture.supplyAsync(() -> flyway().load().migrate());
        drain();

        assertThat(migrate.get().migrationsExecuted).isEqualTo(1);
    }

    @Test
    void endsTheWaitAtTheTimeoutAndWhereOnlyAPersonCanHelp() throws IOException {
        flyway().load().migrate();
        write("async_schema_requires('3', wait => interval '0.2 seconds')");
        assertThatThrownBy(() -> flyway().load().migrate()).hasStackTraceContaining("3 is required and is QUEUED");

        try (var node = AsyncMigrations.builder(flyway().load())
                .leaveShutdownToApplication()
                .build()) {
            node.queue().pause("2", "me", "later");
        }
        write("async_schema_requires('3', wait => interval '30 seconds')");
        assertThatThrownBy(() -> flyway().load().migrate())
                .hasStackTraceContaining("3 is required and is QUEUED")
                .hasStackTraceContaining("2 is PAUSED")
                .hasStackTraceContaining("turnasync retry, resume, skip");
    }

    @Test
    void isNotHeldBackByAnEntryWhoseMigrationWasTakenOutOfTheHistory() throws Exception {
        flyway().load().migrate();
        database.execute(UPDATE + "SET status = 'PAUSED', came_from = 'QUEUED', reason = 'held' WHERE entry_key = '2'");
        database.execute("""
                INSERT INTO "app ""x""\".flyway_schema_history
                    (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success)
                SELECT max(installed_rank) + 1, '2', 'step 2', 'DELETE', 'step', NULL, 'me', 0, TRUE
                FROM "app ""x""\".flyway_schema_history""");
        assertThatThrownBy(() -> database.execute("SELECT \"app \"\"x\"\"\".async_schema_requires('3')"))
                .hasStackTraceContaining("3 is required and is QUEUED")
                .hasStackTraceContaining("wait => interval '10 minutes'");
    }

    @Test
    void isHeldBackByTheUndoOfAnEarlierMigration() throws Exception {
        flyway().load().migrate();
        database.execute("""
                INSERT INTO "app ""x""\".async_schema_migrations (history_table, entry_key, generation, direction, version,
                    description, script, status, reason)
                VALUES ('flyway_schema_history', '2', 2, 'DOWN', '2', 'step 2', 'x', 'PAUSED', 'held')""");
        write("async_schema_requires('3', wait => interval '30 seconds')");

        assertThatThrownBy(() -> flyway().load().migrate())
                .hasStackTraceContaining("3 is required and is QUEUED")
                .hasStackTraceContaining("2 is PAUSED");
    }

    @Test
    void goesByTheHistoryWithoutAnEntry() throws IOException {
        flyway().load().migrate();
        write("async_schema_requires('1')");
        assertThat(flyway().load().migrate().migrationsExecuted).isEqualTo(1);

        Files.writeString(scripts.resolve("V10__Ten.sql"), "SELECT async_schema_requires('8');");
        assertThatThrownBy(() -> flyway().load().migrate())
                .hasStackTraceContaining("migration 8 is required, is not in the queue, and is not listed as applied");
        Files.writeString(
                scripts.resolve("V10__Ten.sql"),
                "SELECT async_schema_requires('1', history => 'flyway_schema_history');");
        assertThat(flyway().load().migrate().migrationsExecuted).isEqualTo(1);
    }

    @Test
    void countsTheNewestEntryOfAMigration() throws IOException {
        flyway().load().migrate();
        drain();
        database.execute("""
                INSERT INTO "app ""x""\".async_schema_migrations
                    (history_table, entry_key, generation, version, description, script, reason)
                VALUES ('flyway_schema_history', '2', 2, '2', 'step 2', 'x', 'again')""");
        write("async_schema_requires('2')");

        assertThatThrownBy(() -> flyway().load().migrate()).hasStackTraceContaining("2 is required and is QUEUED");
    }
}

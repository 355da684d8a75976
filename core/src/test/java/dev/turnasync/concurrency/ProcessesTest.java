package dev.turnasync.concurrency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.DrainResult.StopReason;
import dev.turnasync.database.TestDatabase;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.NodeProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Real processes over one database, some of which are killed for real. */
class ProcessesTest {

    private static final int MIGRATIONS = 20;

    private static TestDatabase database() {
        var database = TestDatabase.fresh();
        database.execute("CREATE TABLE journal (n SERIAL, what TEXT NOT NULL)");
        return database;
    }

    private static List<Object> batches() {
        var all = new ArrayList<Object>();
        for (var version = 1; version <= MIGRATIONS; version++) {
            for (var batch = 1; batch <= 10; batch++) {
                all.add(version + "." + batch);
            }
        }
        return all;
    }

    private static void succeeds(Process process) throws InterruptedException {
        assertThat(process.waitFor()).isZero();
    }

    /** By a node in this process, as soon as the lease of the last one has run out. */
    private static void drain(TestDatabase database) {
        var flyway = NodeProcess.flyway(database.dataSource(), MIGRATIONS);
        try (var node = AsyncMigrations.builder(flyway)
                .retryPolicy(Deployment.AT_ONCE)
                .leaveShutdownToApplication()
                .build()) {
            await().until(() -> node.drain().why() == StopReason.EMPTY);
        }
    }

    @Test
    void queueEachMigrationOnceWhereTwoMigrateAtOnce() throws Exception {
        try (var database = database()) {
            var first = NodeProcess.migrate(database, MIGRATIONS);
            var second = NodeProcess.migrate(database, MIGRATIONS);
            succeeds(first);
            succeeds(second);

            assertThat(database.column("SELECT entry_key FROM async_schema_migrations"))
                    .hasSize(MIGRATIONS);
            drain(database);
            assertThat(database.column("SELECT what FROM journal ORDER BY n")).isEqualTo(batches());
        }
    }

    @Test
    void runEachBatchOnceAndInOrderWhereWorkersAreKilled() throws Exception {
        try (var database = database()) {
            NodeProcess.flyway(database.dataSource(), MIGRATIONS).migrate();
            for (var kill = 1; kill <= 3; kill++) {
                var target = kill * 45;
                var doomed = NodeProcess.drain(database, MIGRATIONS);
                await().pollInterval(Duration.ofMillis(5))
                        .until(() -> database.column("SELECT what FROM journal").size() >= target);
                doomed.destroyForcibly().waitFor();
            }
            drain(database);

            assertThat(database.column("SELECT what FROM journal ORDER BY n")).isEqualTo(batches());
            assertThat(database.column("SELECT DISTINCT status FROM async_schema_migrations"))
                    .containsExactly("SUCCEEDED");
        }
    }
}

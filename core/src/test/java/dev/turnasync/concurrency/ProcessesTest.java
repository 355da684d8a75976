package dev.turnasync.concurrency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.turnasync.database.TestDatabase;
import dev.turnasync.fixture.NodeProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
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
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).isZero();
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
            succeeds(NodeProcess.drain(database, MIGRATIONS));
            assertThat(database.column("SELECT what FROM journal ORDER BY n")).isEqualTo(batches());
        }
    }

    @Test
    void runEachBatchOnceAndInOrderWhereWorkersAreKilled() throws Exception {
        try (var database = database()) {
            succeeds(NodeProcess.migrate(database, MIGRATIONS));
            for (var kill = 1; kill <= 3; kill++) {
                var target = kill * 45;
                var doomed = NodeProcess.drain(database, MIGRATIONS);
                await().pollInterval(Duration.ofMillis(5))
                        .until(() -> database.column("SELECT what FROM journal").size() >= target);
                doomed.destroyForcibly().waitFor();
            }
            succeeds(NodeProcess.drain(database, MIGRATIONS));

            assertThat(database.column("SELECT what FROM journal ORDER BY n")).isEqualTo(batches());
            assertThat(database.column("SELECT DISTINCT status FROM async_schema_migrations"))
                    .containsExactly("SUCCEEDED");
        }
    }
}

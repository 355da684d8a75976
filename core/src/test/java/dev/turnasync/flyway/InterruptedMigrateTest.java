package dev.turnasync.flyway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnasync.database.TestDatabase;
import dev.turnasync.flyway.fixture.AsyncStep;
import dev.turnasync.flyway.fixture.SyncStep;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is left of a {@code migrate} that failed, was taken back, or ran beside another. */
@Tag("hook")
class InterruptedMigrateTest {

    private final TestDatabase database = TestDatabase.fresh();

    @AfterEach
    void drop() {
        database.close();
    }

    @Test
    void makesOneEntryWhenTheHistoryCannotCommit() {
        Flyways.with(database, SyncStep.of("1")).load().migrate();
        refuseAtCommit("2");
        var flyway = Flyways.with(database, SyncStep.of("1"), AsyncStep.of("2"), AsyncStep.of("3"));

        assertThatThrownBy(() -> flyway.load().migrate()).hasStackTraceContaining("refused at commit");
        assertThat(Flyways.versions(database)).containsExactly("1");
        assertThat(Flyways.queue(database))
                .as("the queue's transaction came first")
                .containsExactly("2");

        database.execute("DROP TRIGGER refuse ON flyway_schema_history");
        flyway.load().migrate();
        assertThat(Flyways.versions(database)).containsExactly("1", "2", "3");
        assertThat(Flyways.queue(database)).containsExactly("2", "3");
    }

    @Test
    void queuesNothingWhenTheHistoryCannotBeWritten() {
        Flyways.with(database, SyncStep.of("1")).load().migrate();
        database.execute("ALTER TABLE flyway_schema_history ADD CONSTRAINT refuse CHECK (version <> '2')");

        assertThatThrownBy(() -> Flyways.with(database, SyncStep.of("1"), AsyncStep.of("2"))
                        .load()
                        .migrate())
                .hasStackTraceContaining("refuse");
        assertThat(Flyways.versions(database)).containsExactly("1");
        assertThat(Flyways.tables(database)).doesNotContain("async_schema_migrations");
    }

    @Test
    void bringsALeftOverEntryUpToDate() {
        Flyways.with(database, SyncStep.of("1")).load().migrate();
        refuseAtCommit("2");
        assertThatThrownBy(() -> Flyways.with(database, SyncStep.of("1"), new AsyncStep("2", "old name", 1, true))
                .load()
                .migrate());
        database.execute("DROP TRIGGER refuse ON flyway_schema_history");

        Flyways.with(database, SyncStep.of("1"), new AsyncStep("2", "new name", 2, true))
                .load()
                .migrate();

        assertThat(database.query("SELECT entry_key, description, checksum FROM async_schema_migrations"))
                .containsExactly(Map.of("entry_key", "2", "description", "new name", "checksum", 2));
    }

    @Test
    void usesTheUnclaimedEntryAgainAfterARepairTookTheMigrationBack() {
        Flyways.with(database, AsyncStep.of("1"), SyncStep.of("2")).load().migrate();
        var repaired = Flyways.with(database, SyncStep.of("2")).load().repair();
        assertThat(repaired.migrationsDeleted).hasSize(1);
        assertThat(database.column("SELECT type FROM flyway_schema_history ORDER BY installed_rank"))
                .containsExactly("JDBC", "JDBC", "DELETE");

        Flyways.with(database, AsyncStep.of("1"), SyncStep.of("2"))
                .outOfOrder(true)
                .load()
                .migrate();

        assertThat(database.column("SELECT type FROM flyway_schema_history ORDER BY installed_rank"))
                .containsExactly("JDBC", "JDBC", "DELETE", "JDBC");
        assertThat(Flyways.queue(database)).containsExactly("1");
    }

    @Test
    void makesOneEntryWhenTwoMigrateAtOnce() throws Exception {
        var barrier = new CyclicBarrier(2);
        var threads = Executors.newFixedThreadPool(2);
        try {
            var runs = new ArrayList<Future<?>>();
            for (var i = 0; i < 2; i++) {
                var flyway = Flyways.with(database, AsyncStep.of("1"), SyncStep.of("2"), AsyncStep.of("3"))
                        .load();
                runs.add(threads.submit(() -> {
                    barrier.await();
                    return flyway.migrate();
                }));
            }
            for (var run : runs) {
                assertThatCode(() -> run.get()).doesNotThrowAnyException();
            }
        } finally {
            threads.shutdownNow();
        }

        assertThat(Flyways.versions(database)).isEqualTo(List.of("1", "2", "3"));
        assertThat(Flyways.queue(database)).containsExactly("1", "3");
    }

    /** Makes the commit of a history row fail, as a lost connection would. */
    private void refuseAtCommit(String version) {
        database.execute("""
                CREATE FUNCTION refuse() RETURNS TRIGGER LANGUAGE plpgsql AS $$
                BEGIN
                    RAISE EXCEPTION 'refused at commit';
                END $$;
                CREATE CONSTRAINT TRIGGER refuse
                AFTER INSERT ON flyway_schema_history
                DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW WHEN (NEW.version = '%s')
                EXECUTE FUNCTION refuse()""".formatted(version));
    }
}

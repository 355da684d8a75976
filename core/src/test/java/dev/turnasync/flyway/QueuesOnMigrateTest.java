package dev.turnasync.flyway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.turnasync.database.TestDatabase;
import dev.turnasync.flyway.fixture.AsyncStep;
import dev.turnasync.flyway.fixture.SyncStep;
import dev.turnasync.flyway.fixture.mixed.V2__Backfill_email;
import java.util.Arrays;
import java.util.Map;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What {@code migrate} does with async migrations between others. */
@Tag("hook")
class QueuesOnMigrateTest {

    private final TestDatabase database = TestDatabase.fresh();

    @AfterEach
    void drop() {
        database.close();
    }

    @Test
    void runsTheSyncMigrationsInOrderAndQueuesTheAsyncOnes() {
        var result = Flyways.scanning(database, "mixed").load().migrate();

        assertThat(result.migrationsExecuted).isEqualTo(5);
        assertThat(Flyways.versions(database)).containsExactly("1", "2", "3", "4", "5");
        assertThat(Flyways.ran(database)).containsExactly("V1", "V3", "V4");
        assertThat(Flyways.queue(database)).containsExactly("2", "5");
    }

    @Test
    void writesWhatAWorkerNeedsIntoTheEntry() {
        Flyways.scanning(database, "mixed").load().migrate();

        assertThat(database.query("""
                        SELECT history_table, entry_key, generation, version, description, checksum, script, status
                        FROM async_schema_migrations
                        ORDER BY id
                        LIMIT 1"""))
                .containsExactly(Map.of(
                        "history_table", "flyway_schema_history",
                        "entry_key", "2",
                        "generation", 1,
                        "version", "2",
                        "description", "Backfill email",
                        "checksum", 42,
                        "script", V2__Backfill_email.class.getName(),
                        "status", "QUEUED"));
    }

    @Test
    void leavesTheSameHistoryAsPlainFlyway() {
        try (var plain = TestDatabase.fresh()) {
            Flyways.scanning(database, "mixed").load().migrate();
            Flyways.inline(Flyways.scanning(plain, "mixed")).load().migrate();

            assertThat(Flyways.ran(plain)).containsExactly("V1", "V2", "V3", "V4", "V5");
            assertThat(Flyways.history(database)).isEqualTo(Flyways.history(plain));
        }
    }

    @Test
    void passesValidationWithAndWithoutTheQueue() {
        Flyways.scanning(database, "mixed").load().migrate();

        assertThatCode(() -> Flyways.scanning(database, "mixed").load().validate())
                .doesNotThrowAnyException();
        assertThatCode(() -> Flyways.inline(Flyways.scanning(database, "mixed"))
                        .load()
                        .validate())
                .doesNotThrowAnyException();
    }

    @Test
    void showsAsyncMigrationsAsApplied() {
        var flyway = Flyways.scanning(database, "mixed").load();
        assertThat(Arrays.stream(flyway.info().all()).map(MigrationInfo::getState))
                .hasSize(5)
                .containsOnly(MigrationState.PENDING);

        flyway.migrate();

        assertThat(Arrays.stream(flyway.info().all()).map(MigrationInfo::getState))
                .hasSize(5)
                .containsOnly(MigrationState.SUCCESS);
    }

    @Test
    void leavesNothingToRepairOrMigrate() {
        var flyway = Flyways.scanning(database, "mixed").load();
        flyway.migrate();
        var before = Flyways.history(database);

        var repaired = flyway.repair();
        var again = flyway.migrate();

        assertThat(repaired.migrationsAligned).isEmpty();
        assertThat(repaired.migrationsDeleted).isEmpty();
        assertThat(again.migrationsExecuted).isZero();
        assertThat(Flyways.history(database)).isEqualTo(before);
        assertThat(Flyways.queue(database)).containsExactly("2", "5");
    }

    @Test
    void queuesNothingAboveTheTarget() {
        Flyways.scanning(database, "mixed").target("3").load().migrate();

        assertThat(Flyways.queue(database)).containsExactly("2");
    }

    @Test
    void queuesNothingBelowTheBaseline() {
        database.execute("CREATE TABLE ran (step TEXT NOT NULL)");
        Flyways.scanning(database, "mixed")
                .baselineOnMigrate(true)
                .baselineVersion("2")
                .load()
                .migrate();

        assertThat(Flyways.versions(database)).containsExactly("2", "3", "4", "5");
        assertThat(Flyways.queue(database)).containsExactly("5");
    }

    @Test
    void queuesALatecomerOutOfOrder() {
        Flyways.with(database, SyncStep.of("3")).load().migrate();
        Flyways.with(database, AsyncStep.of("2"), SyncStep.of("3"))
                .outOfOrder(true)
                .load()
                .migrate();

        assertThat(Flyways.versions(database)).containsExactly("3", "2");
        assertThat(Flyways.queue(database)).containsExactly("2");
    }

    @Test
    void queuesAGroupInOneTransaction() {
        Flyways.scanning(database, "mixed").group(true).load().migrate();

        assertThat(database.column("SELECT DISTINCT xmin::TEXT FROM async_schema_migrations"))
                .hasSize(1);
        assertThat(Flyways.queue(database)).containsExactly("2", "5");
    }

    @Test
    void queuesNonTransactionalMigrationsInAGroup() {
        var concurrently = new AsyncStep("2", "index concurrently", null, false);
        Flyways.with(database, SyncStep.of("1"), concurrently, SyncStep.of("3"))
                .group(true)
                .load()
                .migrate();

        assertThat(Flyways.versions(database)).containsExactly("1", "2", "3");
        assertThat(Flyways.ran(database)).containsExactly("step 1", "step 3");
        assertThat(Flyways.queue(database)).containsExactly("2");
    }

    @Test
    void queuesNothingThatFlywayOnlyPretendsToExecute() {
        Flyways.with(database, AsyncStep.of("1"))
                .skipExecutingMigrations(true)
                .load()
                .migrate();

        assertThat(Flyways.versions(database)).containsExactly("1");
        assertThat(Flyways.tables(database)).containsExactly("flyway_schema_history");
    }

    @Test
    void queuesARepeatableMigrationWheneverItsChecksumChanges() {
        for (var checksum : new int[] {7, 7, 8, 7}) {
            Flyways.with(database, AsyncStep.repeatable(checksum)).load().migrate();
        }

        assertThat(Flyways.versions(database)).containsExactly("R", "R", "R");
        assertThat(database.query("""
                        SELECT entry_key, generation, checksum
                        FROM async_schema_migrations
                        ORDER BY id"""))
                .containsExactly(
                        Map.of("entry_key", "R__refresh totals", "generation", 1, "checksum", 7),
                        Map.of("entry_key", "R__refresh totals", "generation", 2, "checksum", 8),
                        Map.of("entry_key", "R__refresh totals", "generation", 3, "checksum", 7));
    }

    @Test
    void shortensLongDescriptionsAsTheHistoryDoes() {
        var longName = "backfill ".repeat(40).strip();
        var migration = new AsyncStep("1", longName, null, true);
        var flyway = Flyways.with(database, migration).load();
        flyway.migrate();

        assertThat(database.column("SELECT description FROM async_schema_migrations"))
                .isEqualTo(database.column("SELECT description FROM flyway_schema_history"));
        assertThat(MigrationRegistry.of(flyway.getConfiguration()).find("1", longName.substring(0, 197) + "..."))
                .isPresent();
    }

    @Test
    void carriesTheLimitOfAttempts() {
        Flyways.with(database, AsyncStep.of("1")).load().migrate();

        assertThat(database.column("SELECT max_attempts FROM async_schema_migrations"))
                .containsExactly(3);
    }
}

package dev.turnasync.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.MigrationQueue;
import dev.turnasync.api.Readiness.State;
import dev.turnasync.database.TestDatabase;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import dev.turnasync.fixture.UndoableScript;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The deploy gate opens for what is done, and for nothing else. */
class GateTest {

    private final Deployment build = Deployment.of(
            new UndoableScript("1", Script.note("1"), Script.note("undo 1")),
            Script.sync("2", Script.note("2")),
            Script.async("3", Script.note("3")));

    @AfterEach
    void drop() {
        build.close();
    }

    private MigrationQueue queue() {
        return build.node().queue();
    }

    @Test
    void followsTheQueueInItsOrder() {
        assertThat(queue().readiness("1").state()).isEqualTo(State.UNKNOWN);
        assertThat(queue().readiness().state()).isEqualTo(State.UNKNOWN);
        build.migrate();

        assertThat(queue().readiness("1").state()).isEqualTo(State.PENDING);
        assertThat(queue().readiness("2").state()).as("1 is before it").isEqualTo(State.PENDING);
        assertThat(queue().readiness().entry()).isEqualTo(build.entry("1"));
        build.node().worker().drainOne();

        assertThat(queue().readiness("V1").state()).isEqualTo(State.APPLIED);
        assertThat(queue().readiness("2").state()).isEqualTo(State.APPLIED);
        assertThat(queue().readiness("3").state()).isEqualTo(State.PENDING);
        assertThat(queue().readiness().state()).isEqualTo(State.PENDING);
        build.node().drain();

        assertThat(queue().readiness("3").state()).isEqualTo(State.APPLIED);
        assertThat(queue().readiness().state()).isEqualTo(State.APPLIED);
    }

    @Test
    void isBlockedByWhatAPersonMustDecide() {
        build.migrate();
        queue().pause("1", "ada", "wait");

        var three = queue().readiness("3");
        assertThat(three.state()).isEqualTo(State.BLOCKED);
        assertThat(three.message()).contains("V1 step 1", "PAUSED", "pause by ada: wait");
        assertThat(three.isFinal()).isTrue();

        queue().skip("1", "ada", "not needed");
        assertThat(queue().readiness("1").state()).isEqualTo(State.APPLIED);
        assertThat(queue().readiness("1").message()).contains("skip by ada: not needed");
    }

    @Test
    void knowsWhatWasTakenBack() {
        build.migrate().node().drain();
        queue().undo("1", "ada", "wrong");
        assertThat(queue().readiness("1").state()).isEqualTo(State.UNDONE);
        build.node().drain();
        assertThat(queue().readiness("1").state()).isEqualTo(State.UNDONE);
        assertThat(queue().readiness("3").state()).isEqualTo(State.APPLIED);
    }

    @Test
    void failsClosedForWhatNobodyKnows() {
        build.migrate().node().drain();
        for (var key : new String[] {"99", "R__none", "7'; DROP TABLE journal", "\0"}) {
            assertThat(queue().readiness(key).state()).isEqualTo(State.UNKNOWN);
        }
        build.database().execute("""
                        INSERT INTO flyway_schema_history
                            (installed_rank, version, description, type, script, installed_by, execution_time, success)
                        VALUES (10, '3', 'step 3', 'DELETE', 'x', 'me', 0, TRUE), (11, '12', 'half', 'SQL', 'x', 'me', 0, FALSE)""");
        assertThat(queue().readiness("3").state()).isEqualTo(State.UNKNOWN);
        assertThat(queue().readiness("12").state()).isEqualTo(State.BLOCKED);
        build.database().execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
        assertThat(queue().readiness("3").state()).isEqualTo(State.UNKNOWN);
    }

    @Test
    void countsWhatIsBelowTheBaselineAsApplied() {
        build.database().execute("CREATE TABLE old (n INT)");
        var flyway = Flyway.configure()
                .configuration(build.flyway().getConfiguration())
                .baselineVersion("1")
                .load();
        flyway.migrate();

        assertThat(queue().readiness("0.5").state()).isEqualTo(State.APPLIED);
        assertThat(queue().readiness("1").state()).isEqualTo(State.APPLIED);
        assertThat(queue().readiness("1.1").state()).isEqualTo(State.UNKNOWN);
    }

    @ParameterizedTest
    @CsvSource({
        "QUEUED, PENDING",
        "RETRYABLE, PENDING",
        "FAILED, BLOCKED",
        "PAUSED, BLOCKED",
        "UNDONE, UNDONE",
        "SKIPPED, APPLIED",
        "SUCCEEDED, APPLIED"
    })
    void looksAtTheEntryOfWhatIsBelowALaterBaseline(EntryStatus status, State state) {
        build.migrate().node().drain();
        Queues.force(build.database(), "3", status);
        for (var baseline : new String[] {"3", "50"}) {
            build.database().execute("""
                            DELETE FROM flyway_schema_history;
                            INSERT INTO flyway_schema_history
                                (installed_rank, version, description, type, script, installed_by, execution_time, success)
                            VALUES (1, '%s', 'squashed', 'BASELINE', 'squashed', 'me', 0, TRUE)""".formatted(baseline));

            assertThat(queue().readiness("3").state()).isEqualTo(state);
        }
    }

    /** V1 is found again only by a fix, and until then no worker runs it. */
    @ParameterizedTest
    @CsvSource({"QUEUED, PENDING", "FAILED, BLOCKED", "SKIPPED, APPLIED"})
    void waitsForWhatAHistoryThatWasNumberedAnewListsBefore(EntryStatus status, State state) {
        build.migrate();
        Queues.force(build.database(), "1", status);
        build.database().execute("UPDATE async_schema_migrations SET after_rank = 10 WHERE entry_key = '1'");

        var two = queue().readiness("2");
        assertThat(two.state()).isEqualTo(state);
        assertThat(queue().readiness("1").state()).isEqualTo(state);
        if (state != State.APPLIED) {
            assertThat(two.message()).contains("V1 step 1 is " + status, "check-queue --fix");
            assertThat(two.entry()).isEqualTo(build.entry("1"));
        }
    }

    @Test
    void doesNotWaitForANewerRepeatableMigrationThatMigrateIsApplying() {
        try (var old = Deployment.of(Script.repeatable(7, Script.note("7"))).migrate()) {
            old.node().drain();
            var next = old.next(Script.sync("1", Script.note("1")), Script.repeatable(8, Script.note("8")))
                    .migrate();
            old.database().execute("DELETE FROM flyway_schema_history WHERE checksum = 8");

            assertThat(next.node().queue().readiness("1").state()).isEqualTo(State.APPLIED);
            assertThat(next.node().queue().readiness("R__refresh").state()).isEqualTo(State.PENDING);
        }
    }

    @Test
    void needsOnlyTheRightToRead() {
        build.migrate();
        build.database().execute("""
                        DROP ROLE IF EXISTS gate_reader;
                        CREATE ROLE gate_reader LOGIN;
                        GRANT SELECT ON ALL TABLES IN SCHEMA public TO gate_reader""");
        var reader = Flyway.configure()
                .dataSource(build.database().dataSourceAs("gate_reader"))
                .load();
        try (var async = AsyncMigrations.of(reader)) {
            assertThat(async.queue().readiness("3").state()).isEqualTo(State.PENDING);
            assertThat(async.queue().readiness().state()).isEqualTo(State.PENDING);
            assertThat(async.queue().list()).hasSize(2);
        } finally {
            build.database().execute("DROP OWNED BY gate_reader; DROP ROLE gate_reader");
        }
    }

    @Test
    void tellsAJavaMigrationWithoutAQueueFromASqlMigration() {
        try (var database = TestDatabase.fresh()) {
            var flyway = Flyway.configure()
                    .dataSource(database.dataSource())
                    .javaMigrations(Script.sync("1", context -> {}))
                    .load();
            flyway.migrate();
            try (var async = AsyncMigrations.of(flyway)) {
                assertThat(async.queue().readiness("1").state()).isEqualTo(State.UNKNOWN);
                database.execute("UPDATE flyway_schema_history SET type = 'SQL'");
                assertThat(async.queue().readiness("1").state()).isEqualTo(State.APPLIED);
            }
        }
    }
}

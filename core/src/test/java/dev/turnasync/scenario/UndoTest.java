package dev.turnasync.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.DrainResult.StopReason;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.MigrationQueue;
import dev.turnasync.api.OperatorAction;
import dev.turnasync.api.QueueEntry.Direction;
import dev.turnasync.api.Readiness.State;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import dev.turnasync.fixture.UndoableScript;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A migration is taken back in turn, once, and Flyway does not notice. */
class UndoTest {

    private final AtomicBoolean broken = new AtomicBoolean();
    private final Deployment build = Deployment.of(
            new UndoableScript("1", Script.note("1"), context -> {
                Script.note(context, "undo 1");
                if (broken.get()) {
                    throw new SQLException("wrong on purpose", "42601");
                }
            }),
            Script.async("2", Script.note("2")),
            new UndoableScript("3", Script.note("3"), Script.note("undo 3")));

    @AfterEach
    void drop() {
        build.close();
    }

    private MigrationQueue queue() {
        return build.node().queue();
    }

    @Test
    void runsTheUndoInTurnAndMarksTheEntry() {
        build.migrate().node().worker().drainOne();
        var down = queue().undo("1", "ada", "the idea was bad");

        assertThat(down.status()).isEqualTo(EntryStatus.QUEUED);
        assertThat(down.identity().direction()).isEqualTo(Direction.DOWN);
        assertThat(down.label()).isEqualTo("V1 step 1, undo");
        assertThat(queue().find("1")).contains(down);
        assertThat(build.node().drain().succeeded()).isEqualTo(3);

        assertThat(build.journal()).containsExactly("1", "undo 1", "2", "3");
        var undone = queue().find("1").orElseThrow();
        assertThat(undone.identity().direction()).isEqualTo(Direction.UP);
        assertThat(undone.status()).isEqualTo(EntryStatus.UNDONE);
        assertThat(undone.reason()).isEqualTo("undo by ada: the idea was bad");
        assertThat(queue().check().findings()).isEmpty();
        build.flyway().validate();
        assertThat(build.flyway().migrate().migrationsExecuted).isZero();
    }

    @Test
    void isToldOfAsDoneToTheMigration() {
        build.migrate().node().drain();
        queue().undo("3", "ada", "wrong");
        var during = queue().actions(build.entry("3"), 10);
        build.node().drain();
        queue().undo("1", "bob", "wrong, too");
        queue().retry("3", "ada", "right after all");

        assertThat(during).extracting(OperatorAction::label).containsExactly("V3 step 3, undo");
        assertThat(queue().actions(build.entry("3"), 10))
                .extracting(OperatorAction::action)
                .containsExactly("retry", "undo");
        assertThat(queue().actions(build.entry("3"), 1)).hasSize(1);
    }

    @Test
    void letsAnEntryThatNeverRanLeaveTheQueue() {
        build.migrate();

        assertThat(queue().undo("2", "ada", "not yet").status()).isEqualTo(EntryStatus.UNDONE);

        assertThat(build.node().drain().succeeded()).isEqualTo(2);
        assertThat(build.journal()).containsExactly("1", "3");
        build.flyway().validate();
    }

    @Test
    void runsAnUndoneOneAgainWhenAsked() {
        build.migrate().node().drain();
        queue().undo("3", "ada", "wrong");
        build.node().drain();

        var again = queue().retry("3", "ada", "right after all");

        assertThat(again.status()).isEqualTo(EntryStatus.QUEUED);
        assertThat(again.identity().generation()).isEqualTo(3);
        assertThat(build.node().drain().succeeded()).isEqualTo(1);
        assertThat(build.journal()).containsExactly("1", "2", "3", "undo 3", "3");
        assertThat(build.status("3")).isEqualTo(EntryStatus.SUCCEEDED);
    }

    @Test
    void blocksWhenTheUndoFailsAndKeepsTheMigrationWhenItIsSkipped() {
        broken.set(true);
        build.migrate().node().drain();
        queue().undo("1", "ada", "wrong");

        assertThat(build.node().drain().why()).isEqualTo(StopReason.BLOCKED);
        assertThat(build.journal()).containsExactly("1", "2", "3");
        assertThatThrownBy(() -> queue().undo("1", "ada", "once more"))
                .isInstanceOf(AsyncMigrationException.class)
                .hasMessageContaining("is being undone already");

        queue().skip("1", "ada", "it stays");
        assertThat(queue().find("1").orElseThrow().status()).isEqualTo(EntryStatus.SUCCEEDED);
        assertThat(queue().find("1").orElseThrow().identity().direction()).isEqualTo(Direction.UP);
    }

    @Test
    void storesTheUndoAndItsMarkTogether() {
        build.migrate().node().drain();
        queue().undo("1", "ada", "wrong");
        build.database().execute("""
                        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
                        BEGIN
                            IF NEW.status = 'UNDONE' THEN
                                RAISE EXCEPTION 'not now';
                            END IF;
                            RETURN NEW;
                        END $$;
                        CREATE TRIGGER refuse BEFORE UPDATE ON async_schema_migrations
                            FOR EACH ROW EXECUTE FUNCTION refuse()""");

        build.node().worker().drainOne();

        assertThat(build.journal()).containsExactly("1", "2", "3");
        build.database().execute("DROP TRIGGER refuse ON async_schema_migrations");
        queue().retry("1", "ada", "mended");
        build.node().drain();
        assertThat(build.journal()).containsExactly("1", "2", "3", "undo 1");
        assertThat(build.status("1")).isEqualTo(EntryStatus.UNDONE);
    }

    @Test
    void refusesWhatCannotBeUndone() {
        build.migrate().node().drain();

        assertThatThrownBy(() -> queue().undo("2", "ada", "wrong"))
                .isInstanceOf(AsyncMigrationException.class)
                .hasMessageContaining("does not implement Undoable");
        queue().undo("3", "ada", "wrong");
        build.node().drain();
        assertThatThrownBy(() -> queue().undo("3", "ada", "once more"))
                .isInstanceOf(AsyncMigrationException.class)
                .hasMessageContaining("it is UNDONE");
    }

    /** The operator's command line has no classes; the worker has. */
    @Test
    void failsForGoodWhenTheClassCannotUndo() {
        build.migrate().node().drain();
        try (var bare = AsyncMigrations.of(build.next().flyway())) {
            bare.queue().undo("2", "ada", "wrong");
        }

        var result = build.node().drain();

        assertThat(result.why()).isEqualTo(StopReason.BLOCKED);
        assertThat(result.failed()).isEqualTo(1);
        assertThat(queue().attempts(queue().find("2").orElseThrow())
                        .get(0)
                        .failure()
                        .message())
                .contains("does not implement Undoable");
    }

    @Test
    void tellsFlywayOfTheNewestVersionOnly() {
        build.migrate().node().drain();
        for (var key : new String[] {"1", "3"}) {
            queue().undo(key, "ada", "wrong");
            build.node().drain();
        }

        assertThatThrownBy(() -> queue().markHistory("1", "ada", "again"))
                .isInstanceOf(AsyncMigrationException.class)
                .hasMessageContaining("version 3 is applied after it");
        queue().markHistory("3", "ada", "again");
        assertThatThrownBy(() -> queue().markHistory("3", "ada", "again"))
                .isInstanceOf(AsyncMigrationException.class)
                .hasMessageContaining("marked there already");

        build.flyway().validateWithResult();
        assertThat(build.flyway().migrate().migrationsExecuted).isEqualTo(1);
        build.node().drain();
        assertThat(build.journal()).endsWith("undo 3", "3");
    }

    @Test
    void marksNothingWhileMigrateWorks() throws SQLException {
        build.migrate();
        queue().undo("3", "ada", "wrong");
        var late = build.next(
                Script.async("1", Script.note("1")),
                Script.async("2", Script.note("2")),
                Script.async("3", Script.note("3")),
                Script.sync(
                        "4",
                        context -> assertThatThrownBy(() -> queue().markHistory("3", "ada", "again"))
                                .isInstanceOf(AsyncMigrationException.class)
                                .hasMessageContaining("a migrate works on it now")));

        late.migrate();

        assertThat(build.database()
                        .column("SELECT version FROM flyway_schema_history WHERE type <> 'BASELINE'"
                                + " ORDER BY installed_rank"))
                .containsExactly("1", "2", "3", "4");
    }

    /** A person marked it in the history by hand, while its undo waited. */
    @Test
    void takesAWaitingUndoForNoEntryOfANewMigrate() {
        build.migrate().node().drain();
        queue().undo("3", "ada", "wrong");
        build.database().execute("""
                        INSERT INTO flyway_schema_history
                            (installed_rank, version, description, type, script, installed_by, execution_time, success)
                        SELECT installed_rank + 1, version, description, 'DELETE', script, 'me', 0, TRUE
                        FROM flyway_schema_history WHERE version = '3'""");

        build.migrate();

        assertThat(build.node().drain().succeeded()).isEqualTo(2);
        assertThat(build.journal()).containsExactly("1", "2", "3", "undo 3", "3");
        assertThat(build.status("3")).isEqualTo(EntryStatus.SUCCEEDED);
    }

    @Test
    void refusesToMarkWhatIsNotUndone() {
        build.migrate().node().drain();

        assertThatThrownBy(() -> queue().markHistory("3", "ada", "again"))
                .isInstanceOf(AsyncMigrationException.class)
                .hasMessageContaining("it is SUCCEEDED");
    }

    /** Two operators at once. */
    @Test
    void isUndoneOnce() throws SQLException {
        build.migrate().node().drain();

        Queues.beforeItWrites(
                build,
                () -> queue().undo("1", "ada", "wrong"),
                Queues.another("async_schema_migrations", "1", "DOWN", 2));

        assertThat(build.node().drain().succeeded()).isEqualTo(1);
        assertThat(build.journal()).containsExactly("1", "2", "3", "undo 1");
    }

    /** Two operators at once. */
    @Test
    void runsAgainOnce() throws SQLException {
        build.migrate().node().drain();
        queue().undo("1", "ada", "wrong");
        build.node().drain();

        Queues.beforeItWrites(
                build,
                () -> queue().retry("1", "ada", "right after all"),
                Queues.another("async_schema_migrations", "1", "UP", 3));

        assertThat(build.node().drain().succeeded()).isEqualTo(1);
        assertThat(build.journal()).containsExactly("1", "2", "3", "undo 1", "1");
    }

    /** Its class of that checksum is gone, and so nothing could ever run the undo. */
    @Test
    void givesUpTheUndoOfARepeatableMigrationWhenANewerOneIsApplied() {
        try (var first = Deployment.of(new UndoableScript(7, Script.note("7"), Script.note("undo 7")))
                .migrate()) {
            first.node().drain();
            first.node().queue().undo("R__refresh", "ada", "wrong");
            var next = first.next(new UndoableScript(8, Script.note("8"), Script.note("undo 8")))
                    .migrate();
            assertThat(next.node().queue().readiness("R__refresh").state()).isEqualTo(State.PENDING);

            next.node().drain();

            assertThat(first.journal()).containsExactly("7", "8");
            assertThat(next.node().queue().readiness("R__refresh").state()).isEqualTo(State.APPLIED);
            assertThat(next.node().queue().readiness().state()).isEqualTo(State.APPLIED);
            assertThat(next.node().queue().check().findings()).isEmpty();
        }
    }

    /** Two operators at once: else a worker might run it, and the next migrate queue it once more. */
    @Test
    void doesNotMarkInTheHistoryWhatIsQueuedAgain() throws SQLException {
        build.migrate().node().drain();
        queue().undo("3", "ada", "wrong");
        build.node().drain();

        try (var other = build.database().dataSource().getConnection();
                var statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute(
                    "SELECT id FROM async_schema_migrations WHERE entry_key = '3' AND generation = 1 FOR NO KEY UPDATE");
            var marking = CompletableFuture.runAsync(() -> queue().markHistory("3", "bob", "again"));
            await().until(() -> marking.isDone()
                    || !build.database()
                            .column("SELECT pid FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'")
                            .isEmpty());
            statement.execute(Queues.another("async_schema_migrations", "3", "UP", 3));
            other.commit();
            assertThatThrownBy(marking::join)
                    .hasRootCauseInstanceOf(AsyncMigrationException.class)
                    .hasMessageContaining("it is QUEUED");
        }
        assertThat(build.node().drain().succeeded()).isEqualTo(1);
        assertThat(build.flyway().migrate().migrationsExecuted).isZero();
    }
}

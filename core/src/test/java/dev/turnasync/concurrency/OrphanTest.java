package dev.turnasync.concurrency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnasync.api.DrainResult.StopReason;
import dev.turnasync.api.QueueEntry.Standing;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import org.junit.jupiter.api.Test;

/** The queue row commits a moment before the history row, and sometimes the history row never does. */
class OrphanTest {

    private static final String BREAK_THE_COMMIT = """
            CREATE FUNCTION refuse() RETURNS TRIGGER LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'the commit of the history fails';
            END $$;
            CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON flyway_schema_history
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()""";

    private static final String MEND_THE_COMMIT = "DROP TRIGGER refuse ON flyway_schema_history";

    private static final String DELETE_MARKER = """
            INSERT INTO flyway_schema_history
                (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success)
            SELECT (SELECT max(installed_rank) + 1 FROM flyway_schema_history), version, description, 'DELETE', script,
                checksum, installed_by, 0, TRUE
            FROM flyway_schema_history WHERE version = '2'
            ORDER BY installed_rank DESC LIMIT 1""";

    private static Deployment build() {
        return Deployment.of(Script.sync("1", Script.note("1")), Script.async("2", Script.note("2")));
    }

    private static void failToCommit(Deployment build) {
        build.next(Script.sync("1", Script.note("1"))).migrate();
        build.database().execute(BREAK_THE_COMMIT);
        assertThatThrownBy(build::migrate).hasMessageContaining("the commit of the history fails");
        build.database().execute(MEND_THE_COMMIT);
        assertThat(entries(build)).hasSize(1);
    }

    private static java.util.List<Object> entries(Deployment build) {
        return build.database().column("SELECT id FROM async_schema_migrations");
    }

    @Test
    void isNotClaimedBeforeTheHistoryListsIt() {
        try (var build = build()) {
            failToCommit(build);

            assertThat(build.entry("2").standing()).isEqualTo(Standing.NOT_APPLIED);
            assertThat(build.node().drain().why()).isEqualTo(StopReason.EMPTY);
            assertThat(build.journal()).containsExactly("1");
        }
    }

    @Test
    void isCompletedByTheNextMigrateAndClaimedOnce() {
        try (var build = build()) {
            failToCommit(build);
            build.migrate();

            assertThat(entries(build)).hasSize(1);
            assertThat(build.node().drain().succeeded()).isEqualTo(1);
            assertThat(build.node().drain().runs()).isZero();
            assertThat(build.journal()).containsExactly("1", "2");
        }
    }

    @Test
    void isTakenOutByADeleteMarkerAndComesBackWithTheNextMigrate() {
        try (var build = build()) {
            build.migrate();
            build.database().execute(DELETE_MARKER);
            assertThat(build.entry("2").standing()).isEqualTo(Standing.WITHDRAWN);
            assertThat(build.node().drain().runs()).isZero();

            build.migrate();
            assertThat(entries(build)).hasSize(1);
            assertThat(build.node().drain().succeeded()).isEqualTo(1);
            assertThat(build.journal()).containsExactly("1", "2");
        }
    }

    @Test
    void runsAgainWhenAMarkerWithdrewItAfterItsRunAndMigrateAppliesItAgain() {
        try (var build = build()) {
            build.migrate();
            build.node().drain();
            build.database().execute(DELETE_MARKER);
            build.migrate();
            assertThat(entries(build)).hasSize(2);
            build.node().drain();
            assertThat(build.journal()).containsExactly("1", "2", "2");
        }
    }

    @Test
    void doesNotLoseARepeatableEntryThatAFailedDeployWantedToReplace() {
        try (var seven = Deployment.of(Script.repeatable(7, Script.note("7"))).migrate()) {
            var eight = seven.next(Script.repeatable(8, Script.note("8")));
            seven.database().execute(BREAK_THE_COMMIT);
            assertThatThrownBy(eight::migrate).hasMessageContaining("the commit of the history fails");
            seven.database().execute(MEND_THE_COMMIT);

            assertThat(seven.migrate().node().drain().succeeded()).isEqualTo(1);
            assertThat(seven.journal()).containsExactly("7");
        }
    }
}

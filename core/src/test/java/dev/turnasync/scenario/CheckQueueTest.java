package dev.turnasync.scenario;

import static dev.turnasync.scenario.Queues.finding;
import static dev.turnasync.scenario.Queues.kinds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.DrainResult.StopReason;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.QueueReport;
import dev.turnasync.api.QueueReport.Kind;
import dev.turnasync.api.QueueReport.Severity;
import dev.turnasync.api.RetryPolicy;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import dev.turnasync.flyway.fixture.AsyncStep;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The check tells what is wrong with a queue and how to mend it, and its advice works. */
class CheckQueueTest {

    private static QueueReport check(Deployment build) {
        return build.node().queue().check();
    }

    @Test
    void findsNothingWrongWithAHealthyQueue() {
        try (var build = Deployment.of(Script.async("1", Script.note("1")), Script.repeatable(7, Script.note("R")))) {
            build.migrate();
            assertThat(check(build).findings()).isEmpty();

            build.node().drain();
            assertThat(check(build).findings()).isEmpty();
            assertThat(check(build).notes()).isEmpty();
            assertThat(check(build).isHealthy()).isTrue();
        }
    }

    @Test
    void saysThatThereIsNoHistoryBeforeTheFirstMigrate() {
        try (var build = Deployment.of(Script.async("1", Script.note("1")))) {
            assertThatThrownBy(() -> check(build))
                    .isInstanceOf(AsyncMigrationException.class)
                    .hasMessageContaining("no history table public.flyway_schema_history");
        }
    }

    @Test
    void findsNothingWrongBeforeTheFirstAsyncMigration() {
        try (var build = Deployment.of(Script.sync("1", Script.note("1"))).migrate()) {
            var next = build.next(Script.sync("1", Script.note("1")), Script.async("2", Script.note("2")));

            assertThat(check(next).findings()).isEmpty();
        }
    }

    @Test
    void saysWhatItCouldNotCheck() {
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate()) {
            assertThat(check(build.next()).notes()).singleElement().asString().contains("no async migration classes");
        }
    }

    /** A worker looks for version and description, so the check must as well. */
    @Test
    void findsTheEntryThatBlocksAndHowToGoOn() {
        try (var build = Deployment.of(Queues.wrong("1"), Script.async("2", Script.note("2")))
                .migrate()) {
            build.node().drain();

            var problem = finding(check(build), Kind.BLOCKED);

            assertThat(problem.subject()).isEqualTo("1");
            assertThat(problem.severity()).isEqualTo(Severity.PROBLEM);
            assertThat(problem.nextStep())
                    .contains("show 1")
                    .contains("retry 1")
                    .contains("skip 1 --reason");
            build.node().queue().skip("1", "somebody", "not needed");
            assertThat(build.node().drain().succeeded()).isEqualTo(1);
            assertThat(check(build).findings()).isEmpty();
        }
    }

    @Test
    void noticesAnEntryThatWaitsForItsNextAttempt() {
        try (var build = Deployment.of(Script.async("1", context -> {
                    throw new IllegalStateException("service down");
                }))
                .migrate()) {
            build.node(AsyncMigrations.builder(build.flyway())
                            .retryPolicy(RetryPolicy.ofDefaults().withDelays(Duration.ofHours(1), Duration.ofHours(1))))
                    .drain();

            var notice = finding(check(build), Kind.WAITING_TO_RETRY);

            assertThat(notice.severity()).isEqualTo(Severity.NOTICE);
            assertThat(notice.message()).contains("1 of 5 attempts failed");
            assertThat(notice.nextStep()).contains("retry 1");
            assertThat(check(build).isHealthy()).isTrue();
        }
    }

    @Test
    void findsAPausedEntry() {
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate()) {
            Queues.force(build.database(), "1", EntryStatus.PAUSED);

            assertThat(finding(check(build), Kind.PAUSED).severity()).isEqualTo(Severity.PROBLEM);
            assertThat(build.node().drain().why()).isEqualTo(StopReason.PAUSED);
        }
    }

    @Test
    void findsAnExpiredLeaseThatADrainMends() {
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate()) {
            Queues.abandon(build.database(), "1");
            assertThat(finding(check(build), Kind.SESSION_GONE).severity()).isEqualTo(Severity.NOTICE);
            assertThat(build.node().drain().why()).isEqualTo(StopReason.LEASE_HELD);
            build.expireLease();

            var problem = finding(check(build), Kind.LEASE_EXPIRED);

            assertThat(problem.severity()).isEqualTo(Severity.PROBLEM);
            assertThat(problem.message()).contains("ghost");
            assertThat(problem.nextStep()).contains("drain");
            assertThat(build.node().drain().succeeded()).isEqualTo(1);
            assertThat(check(build).findings()).isEmpty();
        }
    }

    @Test
    void findsThatNoWorkerTakesADueEntry() {
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate()) {
            Queues.age(build.database());

            var problem = finding(check(build), Kind.NO_WORKER);

            assertThat(problem.severity()).isEqualTo(Severity.PROBLEM);
            assertThat(problem.message()).contains("no worker takes it");
            assertThat(problem.nextStep()).contains("start a worker").contains("drain");
            build.node().drain();
            assertThat(check(build).findings()).isEmpty();
        }
    }

    @Test
    void findsThatNoWorkerTakesADueNextAttempt() {
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate()) {
            Queues.force(build.database(), "1", EntryStatus.RETRYABLE);
            Queues.age(build.database());

            assertThat(kinds(check(build))).contains(Kind.NO_WORKER);
        }
    }

    @Test
    void countsNoWaitBeforeAnEntryBecameTheHead() {
        try (var build = Deployment.of(Queues.wrong("1"), Script.async("2", Script.note("2")))
                .migrate()) {
            build.node().drain();
            Queues.age(build.database());
            build.node().queue().skip("1", "somebody", "not needed");

            assertThat(kinds(check(build))).doesNotContain(Kind.NO_WORKER);
        }
    }

    @Test
    void findsAnInvalidIndexUntilItIsDropped() {
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate()) {
            build.node().drain();
            build.database().execute("INSERT INTO journal (what) VALUES ('1')");
            try {
                build.database().execute("CREATE UNIQUE INDEX CONCURRENTLY twice ON journal (what)");
            } catch (IllegalStateException e) {
                assertThat(e).hasStackTraceContaining("could not create unique index");
            }

            var problem = finding(check(build), Kind.INVALID_INDEX);

            assertThat(problem.subject()).isEqualTo("public.twice");
            assertThat(problem.message()).contains("on journal");
            assertThat(problem.nextStep()).contains("DROP INDEX CONCURRENTLY");
            build.database().execute("DROP INDEX CONCURRENTLY twice");
            assertThat(check(build).findings()).isEmpty();
        }
    }

    /** Who may not see the details of others' sessions does not see which index they build. */
    @Test
    void leavesAnIndexAloneThatAnotherRoleIsBuilding() throws SQLException {
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate()) {
            var database = build.database();
            build.node().drain();
            database.execute("""
                            DROP ROLE IF EXISTS check_reader;
                            CREATE ROLE check_reader LOGIN;
                            GRANT SELECT ON ALL TABLES IN SCHEMA public TO check_reader""");
            try (var writer = database.dataSource().getConnection();
                    var statement = writer.createStatement()) {
                writer.setAutoCommit(false);
                statement.execute("INSERT INTO journal (what) VALUES ('not committed')");
                var building = CompletableFuture.runAsync(
                        () -> database.execute("CREATE INDEX CONCURRENTLY slowly ON journal (what)"));
                await().until(() -> building.isDone()
                        || !database.column("SELECT 1 FROM pg_index WHERE NOT indisvalid")
                                .isEmpty());
                var reader = AsyncMigrations.builder(build.flyway(database.dataSourceAs("check_reader")));

                assertThat(check(build).findings()).isEmpty();
                assertThat(build.node(reader).queue().check().findings()).isEmpty();

                writer.rollback();
                building.join();
            } finally {
                database.execute("DROP OWNED BY check_reader; DROP ROLE check_reader");
            }
        }
    }

    @Test
    void listsProblemsBeforeNotices() {
        try (var build = Deployment.of(Queues.wrong("1"), new dev.turnasync.scenario.before.V2__Move_me())) {
            build.migrate();
            build.node().drain();
            var moved = build.next(Queues.wrong("1"), new dev.turnasync.scenario.after.V2__Move_me());

            assertThat(kinds(check(moved))).containsExactly(Kind.BLOCKED, Kind.CLASS_MOVED);
        }
    }

    @Test
    void changesNothing() {
        try (var build = Deployment.of(
                        Queues.wrong("1"),
                        Script.async("2", Script.note("2")),
                        Script.async("3", Script.note("3")),
                        new AsyncStep("4", "changed", 7, true))
                .migrate()) {
            build.node().drain();
            build.database().execute("DELETE FROM flyway_schema_history WHERE version = '3'");
            Queues.abandon(build.database(), "2");
            build.expireLease();
            Queues.age(build.database());
            var node = build.next(
                            Queues.wrong("1"),
                            Script.async("3", Script.note("3")),
                            new AsyncStep("4", "changed", 8, true))
                    .node();
            var before = Queues.everything(build.database());

            var report = node.queue().check();

            assertThat(kinds(report))
                    .contains(
                            Kind.BLOCKED,
                            Kind.LEASE_EXPIRED,
                            Kind.NOT_APPLIED,
                            Kind.CLASS_MISSING,
                            Kind.CHECKSUM_CHANGED);
            assertThat(Queues.everything(build.database())).isEqualTo(before);
        }
    }
}

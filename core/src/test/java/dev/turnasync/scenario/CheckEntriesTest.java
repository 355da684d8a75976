package dev.turnasync.scenario;

import static dev.turnasync.scenario.Queues.finding;
import static dev.turnasync.scenario.Queues.kinds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.DrainResult.StopReason;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.api.QueueReport;
import dev.turnasync.api.QueueReport.Finding;
import dev.turnasync.api.QueueReport.Kind;
import dev.turnasync.api.QueueReport.Severity;
import dev.turnasync.api.Readiness.State;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import dev.turnasync.flyway.fixture.AsyncStep;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The check compares entries with Flyway's history and with the classes of this node, and its advice works. */
class CheckEntriesTest {

    private static QueueReport check(Deployment build) {
        return build.node().queue().check();
    }

    @Test
    void findsMissingEntriesThatARetryMends() {
        try (var build = Deployment.of(Script.async("1", Script.note("1")), Script.async("2", Script.note("2")))) {
            Queues.skipping(build).migrate();

            var report = check(build);

            assertThat(report.isHealthy()).isFalse();
            assertThat(kinds(report)).containsExactly(Kind.ENTRY_MISSING, Kind.ENTRY_MISSING);
            assertThat(report.findings().get(0).nextStep()).contains("retry 1").contains("mark-applied 1");
            var queue = build.node().queue();
            assertThat(queue.retry("2", "somebody", "never ran").status()).isEqualTo(EntryStatus.QUEUED);
            assertThat(queue.retry("V1", "somebody", "never ran").status()).isEqualTo(EntryStatus.QUEUED);
            assertThat(queue.check().findings()).isEmpty();
            assertThat(build.node().drain().succeeded()).isEqualTo(2);
            assertThat(build.journal()).containsExactly("1", "2");
        }
    }

    @Test
    void findsMissingEntriesInTheOrderOfTheHistory() {
        try (var build = Deployment.of(
                Script.async("10", Script.note("10")),
                Script.async("2", Script.note("2")),
                Script.async("9", Script.note("9")))) {
            Queues.skipping(build).migrate();

            assertThat(check(build).findings()).extracting(Finding::subject).containsExactly("2", "9", "10");
        }
    }

    @Test
    void findsAMissingEntryThatASkipMends() {
        try (var build = Deployment.of(Script.async("1", Script.note("1")))) {
            Queues.inline(build).migrate();
            assertThat(build.journal()).containsExactly("1");

            assertThat(finding(check(build), Kind.ENTRY_MISSING).message()).contains("1 step 1");

            var skipped = build.node().queue().skip("1", "somebody", "migrate ran it");
            assertThat(skipped.status()).isEqualTo(EntryStatus.SKIPPED);
            assertThat(skipped.reason()).contains("somebody").contains("migrate ran it");
            assertThat(check(build).findings()).isEmpty();
            assertThat(build.node().drain().runs()).isZero();
            assertThat(build.journal()).containsExactly("1");
        }
    }

    @Test
    void findsAMissingEntryOfANewerRepeatableMigrationThatARetryMends() {
        try (var build = Deployment.of(Script.repeatable(7, Script.note("7"))).migrate()) {
            build.node().drain();
            var next = build.next(Script.repeatable(8, Script.note("8")));
            Queues.skipping(next).migrate();

            assertThat(finding(check(next), Kind.ENTRY_MISSING).nextStep()).contains("retry R__refresh");

            next.node().queue().retry("R__refresh", "somebody", "never ran");
            assertThat(next.node().drain().succeeded()).isEqualTo(1);
            assertThat(build.journal()).containsExactly("7", "8");
            assertThat(check(next).findings()).isEmpty();
        }
    }

    @Test
    void findsEntriesThatWentWithTheTables() {
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate()) {
            build.node().drain();
            build.database().execute("""
                            DROP TABLE async_schema_version, async_schema_actions, async_schema_lease,
                                async_schema_checkpoints, async_schema_progress, async_schema_requests, async_schema_attempts,
                                async_schema_migrations""");

            assertThat(kinds(check(build))).containsExactly(Kind.ENTRY_MISSING);

            build.node().queue().skip("1", "somebody", "it ran");
            assertThat(check(build).findings()).isEmpty();
            assertThat(build.migrate().node().drain().runs()).isZero();
        }
    }

    @Test
    void noticesAClassThatMovedAndRunsItOnce() {
        try (var build =
                Deployment.of(new dev.turnasync.scenario.before.V2__Move_me()).migrate()) {
            var moved =
                    build.next(new dev.turnasync.scenario.after.V2__Move_me()).migrate();

            var notice = finding(check(moved), Kind.CLASS_MOVED);

            assertThat(notice.severity()).isEqualTo(Severity.NOTICE);
            assertThat(notice.message())
                    .contains("dev.turnasync.scenario.before.V2__Move_me")
                    .contains("dev.turnasync.scenario.after.V2__Move_me");
            assertThat(check(moved).isHealthy()).isTrue();
            assertThat(moved.node().drain().succeeded()).isEqualTo(1);
            assertThat(moved.migrate().node().drain().runs()).isZero();
            assertThat(build.migrate().node().drain().runs()).isZero();
            assertThat(build.journal()).containsExactly("after");
            assertThat(check(moved).findings()).isEmpty();
        }
    }

    @Test
    void findsAChangedChecksum() {
        try (var build = Deployment.of(new AsyncStep("1", "step", 7, true)).migrate()) {
            var changed = build.next(new AsyncStep("1", "step", 8, true));

            var problem = finding(check(changed), Kind.CHECKSUM_CHANGED);

            assertThat(problem.severity()).isEqualTo(Severity.PROBLEM);
            assertThat(problem.message()).contains("checksum 7").contains("has 8");
            assertThat(problem.nextStep()).contains("undo the change");
            assertThat(check(build).findings()).isEmpty();
        }
    }

    @Test
    void findsAnEntryWithoutAClassAndRunsNothingAfterIt() {
        try (var build = Deployment.of(Script.async("1", Script.note("1")), Script.async("2", Script.note("2")))) {
            build.migrate();
            var old = build.next(Script.async("2", Script.note("2")));

            var problem = finding(check(old), Kind.CLASS_MISSING);

            assertThat(problem.subject()).isEqualTo("1");
            assertThat(problem.message()).contains("dev.turnasync.fixture.AsyncScript");
            assertThat(problem.nextStep()).contains("skip 1");
            assertThat(old.node().drain().why()).isEqualTo(StopReason.CLASS_MISSING);
            assertThat(build.journal()).isEmpty();
            var entry = build.entry("1");
            assertThat(entry.status()).isEqualTo(EntryStatus.QUEUED);
            assertThat(entry.run()).isNull();
            assertThat(build.node().queue().attempts(entry)).isEmpty();
        }
    }

    @Test
    void findsAClassOfAnotherDescriptionMissing() {
        try (var build =
                Deployment.of(new AsyncStep("1", "one thing", null, true)).migrate()) {
            var other = build.next(new AsyncStep("1", "another thing", null, true));
            assertThat(other.node().drain().why()).isEqualTo(StopReason.CLASS_MISSING);

            assertThat(kinds(check(other))).contains(Kind.CLASS_MISSING);
        }
    }

    @Test
    void leavesANewerRepeatableMigrationToNodesThatHaveIt() {
        try (var old = Deployment.of(Script.repeatable(7, Script.note("7"))).migrate()) {
            old.node().drain();
            var next = old.next(Script.repeatable(8, Script.note("8"))).migrate();

            assertThat(old.node().drain().why()).isEqualTo(StopReason.CLASS_MISSING);

            assertThat(next.node().drain().succeeded()).isEqualTo(1);
            assertThat(old.journal()).containsExactly("7", "8");
        }
    }

    @Test
    void findsAnEntryWithoutHistoryThatAMigrateMends() {
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate()) {
            build.database().execute("DELETE FROM flyway_schema_history WHERE version = '1'");
            assertThat(finding(check(build), Kind.NOT_APPLIED).severity()).isEqualTo(Severity.NOTICE);
            Queues.age(build.database());

            var problem = finding(check(build), Kind.NOT_APPLIED);

            assertThat(problem.severity()).isEqualTo(Severity.PROBLEM);
            assertThat(problem.nextStep()).contains("run migrate again");
            assertThat(build.node().drain().why()).isEqualTo(StopReason.EMPTY);
            assertThat(build.migrate().node().drain().succeeded()).isEqualTo(1);
            assertThat(build.journal()).containsExactly("1");
            assertThat(check(build).findings()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = EntryStatus.class,
            names = {"QUEUED", "RETRYABLE", "FAILED", "PAUSED"})
    void getsRidByASkipOfAnEntryWhoseMigrationIsGone(EntryStatus status) {
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate()) {
            Queues.force(build.database(), "1", status);
            build.database().execute("DELETE FROM flyway_schema_history WHERE version = '1'");
            Queues.age(build.database());
            var queue = build.node().queue();

            assertThat(finding(queue.check(), Kind.NOT_APPLIED).nextStep()).contains("`skip 1 --reason …`");
            assertThatThrownBy(() -> queue.retry("1", "ada", "again"))
                    .isInstanceOf(AsyncMigrationException.class)
                    .hasMessageContaining("does not list it")
                    .hasMessageContaining("`skip` it");
            assertThatThrownBy(() -> queue.markApplied("1", "ada", "by hand")).hasMessageContaining("`skip` it");
            assertThat(queue.readiness().state()).isEqualTo(State.PENDING);

            assertThat(queue.skip("1", "ada", "was deleted").status()).isEqualTo(EntryStatus.SKIPPED);

            assertThat(queue.check().findings()).isEmpty();
            assertThat(queue.readiness().state()).isEqualTo(State.APPLIED);
            assertThat(build.migrate().node().drain().succeeded())
                    .as("applied after all, it is queued anew")
                    .isEqualTo(1);
            assertThat(build.journal()).containsExactly("1");
            assertThat(queue.list())
                    .extracting(QueueEntry::status)
                    .containsExactlyInAnyOrder(EntryStatus.SKIPPED, EntryStatus.SUCCEEDED);
        }
    }

    @Test
    void noticesAnEntryThatAMarkerTookBack() {
        try (var build = Deployment.of(Script.async("1", Script.note("1")), Script.async("2", Script.note("2")))) {
            build.migrate();
            build.next(Script.async("2", Script.note("2"))).flyway().repair();

            var notice = finding(check(build), Kind.WITHDRAWN);

            assertThat(notice.subject()).isEqualTo("1");
            assertThat(notice.severity()).isEqualTo(Severity.NOTICE);
            assertThat(build.node().drain().succeeded()).isEqualTo(1);
            assertThat(build.journal()).containsExactly("2");
        }
    }

    @Test
    void findsThatMigrateHereWouldRunAsyncMigrationsItself() {
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate()) {
            var node = build.node(AsyncMigrations.builder(Queues.inline(build)));

            assertThat(finding(node.queue().check(), Kind.HOOK_MISSING).severity())
                    .isEqualTo(Severity.PROBLEM);
        }
    }

    /** Two operators at once. */
    @Test
    void addsAMissingEntryOnce() throws SQLException {
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate()) {
            build.database().execute("""
                            CREATE TABLE lost AS SELECT * FROM async_schema_migrations;
                            DELETE FROM async_schema_migrations""");

            Queues.beforeItWrites(
                    build,
                    () -> build.node().queue().retry("1", "somebody", "was lost"),
                    Queues.another("lost", "1", "UP", 1));

            assertThat(build.node().queue().list()).hasSize(1);
            assertThat(build.node().drain().succeeded()).isEqualTo(1);
        }
    }

    /** Migrate ran a newer version of it itself, so that no worker will ever run the failed one. */
    @Test
    void letsGoOfAFailedRepeatableMigrationThatIsNoLongerQueued() {
        try (var build = Deployment.of(Script.repeatable(7, context -> {
                    throw new SQLException("wrong on purpose", "42601");
                }))
                .migrate()) {
            build.node().drain();
            var next = build.next(Script.repeatable(8, Script.note("8")));
            Queues.inline(next).migrate();
            var queue = next.node().queue();
            assertThat(build.status("R__refresh")).isEqualTo(EntryStatus.FAILED);

            assertThat(queue.readiness().state()).isEqualTo(State.APPLIED);
            assertThat(queue.readiness("R__refresh").state()).isEqualTo(State.APPLIED);
            queue.markApplied("R__refresh", "somebody", "migrate ran it");
            next.node().drain();

            assertThat(queue.check().findings()).isEmpty();
            assertThat(queue.list())
                    .extracting(QueueEntry::status)
                    .containsExactly(EntryStatus.SKIPPED, EntryStatus.SUCCEEDED);
        }
    }
}

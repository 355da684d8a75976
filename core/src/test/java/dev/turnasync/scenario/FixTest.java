package dev.turnasync.scenario;

import static dev.turnasync.scenario.Queues.finding;
import static dev.turnasync.scenario.Queues.kinds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.Attempt.Outcome;
import dev.turnasync.api.DrainResult.StopReason;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.MigrationQueue;
import dev.turnasync.api.QueueReport.Kind;
import dev.turnasync.api.QueueReport.Severity;
import dev.turnasync.api.Readiness.State;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import dev.turnasync.fixture.UndoableScript;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The check names what is wrong, and the fix mends what is safe to mend. */
class FixTest {

    private final Deployment build = Deployment.of(
            new UndoableScript("1", Script.note("1"), Script.note("undo 1")), Script.async("2", Script.note("2")));

    @BeforeEach
    void migrate() {
        build.migrate();
    }

    @AfterEach
    void drop() {
        build.close();
    }

    private MigrationQueue queue() {
        return build.node().queue();
    }

    @Test
    void leavesAHealthyQueueAlone() {
        build.node().drain();
        var before = Queues.everything(build.database());

        assertThat(queue().fix("ada").fixed()).isEmpty();

        assertThat(Queues.everything(build.database())).isEqualTo(before);
    }

    @Test
    void takesOverFromAWorkerThatIsGone() {
        Queues.abandon(build.database(), "1");
        assertThat(queue().fix("ada").fixed()).as("its lease is live").isEmpty();
        build.expireLease();
        assertThat(queue().dryRun().fix("ada").fixed()).hasSize(1);
        assertThat(build.status("1")).isEqualTo(EntryStatus.RUNNING);

        var report = queue().fix("ada");

        assertThat(report.fixed()).containsExactly("took 1 over from worker ghost, which is gone");
        assertThat(build.status("1")).isEqualTo(EntryStatus.QUEUED);
        assertThat(queue().attempts(build.entry("1")).get(0).outcome()).isEqualTo(Outcome.LOST);
        assertThat(build.node().drain().succeeded()).isEqualTo(2);
    }

    /** How many deaths are forgiven is for the application to say; a person who mends by hand says: again. */
    @Test
    void queuesAgainHoweverManyWorkersDied() {
        Queues.abandon(build.database(), "1");
        build.database().execute("UPDATE async_schema_migrations SET worker_deaths = 7 WHERE entry_key = '1'");
        build.expireLease();

        queue().fix("ada");

        assertThat(build.status("1")).isEqualTo(EntryStatus.QUEUED);
        assertThat(build.entry("1").tries().workerDeaths()).isEqualTo(8);
        assertThat(build.node().drain().succeeded()).isEqualTo(2);
    }

    /** Under a token that no zombie has. */
    @Test
    void addsALostLeaseRow() {
        Queues.abandon(build.database(), "1");
        build.database().execute("UPDATE async_schema_attempts SET token = 41; DELETE FROM async_schema_lease");
        var missing = finding(queue().check(), Kind.LEASE_MISSING);
        assertThat(missing.severity()).isEqualTo(Severity.PROBLEM);
        assertThatThrownBy(() -> build.node().drain())
                .isInstanceOf(AsyncMigrationException.class)
                .hasMessageContaining("its lease row is lost")
                .hasMessageContaining("`check-queue --fix`");

        assertThat(queue().fix("ada").fixed()).contains("added the missing lease row");

        assertThat((Long) build.database()
                        .column("SELECT token FROM async_schema_lease")
                        .get(0))
                .as("workers that took the lease and ran nothing had 42 and on")
                .isGreaterThan(1000);
        assertThat(build.node().drain().succeeded()).isEqualTo(2);
    }

    @Test
    void needsNoLeaseRowWhereNothingIsLeftToRun() {
        build.node().drain();
        build.database().execute("DELETE FROM async_schema_lease");

        assertThat(build.node().drain().why()).isEqualTo(StopReason.EMPTY);
    }

    @Test
    void letsWorkersGoOnByThemselves() {
        build.database().execute("DELETE FROM async_schema_lease");
        var refused = new AtomicInteger();
        var node = build.node(AsyncMigrations.builder(build.flyway()).watchEvery(Duration.ofMillis(50)));
        node.watch(head -> {
            try {
                node.drain();
            } catch (AsyncMigrationException e) {
                refused.incrementAndGet();
                throw e;
            }
        });
        await().until(() -> refused.get() > 2);

        queue().fix("ada");

        await().untilAsserted(() -> assertThat(build.journal()).containsExactly("1", "2"));
    }

    @Test
    void endsALeaseFromTheFuture() {
        build.database().execute("""
                        UPDATE async_schema_lease
                        SET worker = 'ghost', token = 7, renewed_at = clock_timestamp() + INTERVAL '1 day',
                            lease_until = clock_timestamp() + INTERVAL '1 day'""");
        assertThat(finding(queue().check(), Kind.CLOCK).message()).contains("ghost", "clock went back");
        assertThatThrownBy(() -> build.node().drain())
                .isInstanceOf(AsyncMigrationException.class)
                .hasMessageContaining("ghost")
                .hasMessageContaining("clock went back")
                .hasMessageContaining("`check-queue --fix`");

        assertThat(queue().fix("ada").fixed())
                .containsExactly("ended the lease of worker ghost, which lay in the future");

        assertThat(build.node().drain().succeeded()).isEqualTo(2);
    }

    @Test
    void findsAnAttemptThatIsDueInTheFarFuture() {
        Queues.force(build.database(), "1", EntryStatus.RETRYABLE);
        build.database()
                .execute("UPDATE async_schema_migrations SET next_attempt_at = clock_timestamp() + INTERVAL '30 days'"
                        + " WHERE status = 'RETRYABLE'");

        var found = finding(queue().check(), Kind.CLOCK);

        assertThat(found.nextStep()).contains("retry 1");
        queue().retry("1", "ada", "now");
        assertThat(queue().check().findings()).isEmpty();
    }

    @Test
    void findsAWorkerThatHoldsTheLeaseAndRunsNothing() {
        Queues.age(build.database());
        build.database().execute("""
                        UPDATE async_schema_lease
                        SET worker = 'ghost', token = 7, renewed_at = clock_timestamp(),
                            lease_until = clock_timestamp() + INTERVAL '30 seconds'""");

        assertThat(finding(queue().check(), Kind.LEASE_IDLE).message()).contains("ghost", "runs nothing");
    }

    /** The undo of 1 stands before what runs, and its worker takes it next. */
    @Test
    void leavesAWorkerAloneThatRunsALaterEntry() {
        build.node().worker().drainOne();
        Queues.abandon(build.database(), "2");
        queue().undo("1", "ada", "wrong");
        Queues.age(build.database());

        assertThat(kinds(queue().check())).doesNotContain(Kind.LEASE_IDLE, Kind.NO_WORKER);

        build.database().execute("UPDATE async_schema_lease SET worker = 'another one', token = 2");
        assertThat(kinds(queue().check()))
                .as("the worker that holds the lease runs nothing")
                .contains(Kind.LEASE_IDLE);
    }

    /** Which migrate would then queue a second time. */
    @Test
    void findsAHistoryThatIsOlderThanTheQueue() {
        build.node().drain();
        build.database().execute("DELETE FROM flyway_schema_history WHERE version = '2'");

        var found = finding(queue().check(), Kind.HISTORY_BEHIND);

        assertThat(found.subject()).isEqualTo("2");
        assertThat(found.nextStep()).contains("mark-applied 2");
        build.migrate();
        queue().markApplied("2", "ada", "restored history");
        assertThat(build.node().drain().runs()).isZero();
        assertThat(build.journal()).containsExactly("1", "2");
    }

    @Test
    void findsNothingWrongWithAHistoryThatBeginsAtABaseline() {
        build.node().drain();
        build.database().execute("""
                        DELETE FROM flyway_schema_history;
                        INSERT INTO flyway_schema_history
                            (installed_rank, version, description, type, script, installed_by, execution_time, success)
                        VALUES (1, '1', 'squashed', 'BASELINE', 'squashed', 'me', 0, TRUE)""");

        assertThat(finding(queue().check(), Kind.HISTORY_BEHIND).subject())
                .as("behind the baseline")
                .isEqualTo("2");
        build.database().execute("UPDATE flyway_schema_history SET version = '50'");
        assertThat(queue().check().findings()).isEmpty();
    }

    @Test
    void forgetsWhatWasAskedOfRunsThatHaveEnded() {
        build.database().execute("""
                        INSERT INTO async_schema_requests (entry_id, request, reason)
                        SELECT id, 'CANCEL', 'cancel by bob: late' FROM async_schema_migrations WHERE entry_key = '1';
                        INSERT INTO async_schema_attempts (entry_id, attempt, worker, token)
                        SELECT id, 1, 'ghost', 1 FROM async_schema_migrations WHERE entry_key = '2'""");

        assertThat(queue().fix("ada").fixed())
                .containsExactly(
                        "forgot 1 request to runs that have ended", "closed 1 attempt that nobody makes any more");

        assertThat(queue().requests(build.entry("1"))).isEmpty();
        assertThat(queue().attempts(build.entry("2")).get(0).outcome()).isEqualTo(Outcome.LOST);
    }

    /** Such as one that {@code migrate -skipExecutingMigrations} wrote anew, without what had been applied more than once. */
    @Test
    void findsEntriesAgainInAHistoryThatWasNumberedAnew() {
        build.database().execute("UPDATE async_schema_migrations SET after_rank = after_rank + 10");
        assertThat(build.node().drain().runs()).isZero();
        assertThat(queue().readiness("2").state()).isEqualTo(State.PENDING);
        assertThat(queue().readiness().state()).isEqualTo(State.PENDING);

        assertThat(queue().fix("ada").fixed())
                .containsExactly("found 2 entries again in a history that was numbered anew");

        assertThat(build.node().drain().succeeded()).isEqualTo(2);
        assertThat(build.journal()).containsExactly("1", "2");
        assertThat(queue().readiness("2").state()).isEqualTo(State.APPLIED);
    }
}

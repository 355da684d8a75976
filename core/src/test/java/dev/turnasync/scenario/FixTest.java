package dev.turnasync.scenario;

import static dev.turnasync.scenario.Queues.finding;
import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.api.Attempt.Outcome;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.MigrationQueue;
import dev.turnasync.api.QueueReport.Kind;
import dev.turnasync.api.QueueReport.Severity;
import dev.turnasync.api.Readiness.State;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The check names what is wrong, and the fix mends what is safe to mend. */
class FixTest {

    private final Deployment build =
            Deployment.of(Script.async("1", Script.note("1")), Script.async("2", Script.note("2")));

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

    /** Under a token that no zombie has. */
    @Test
    void addsALostLeaseRow() {
        Queues.abandon(build.database(), "1");
        build.database().execute("UPDATE async_schema_attempts SET token = 41; DELETE FROM async_schema_lease");
        var missing = finding(queue().check(), Kind.LEASE_MISSING);
        assertThat(missing.severity()).isEqualTo(Severity.PROBLEM);
        assertThat(build.node().drain().succeeded()).isZero();

        assertThat(queue().fix("ada").fixed()).contains("added the missing lease row");

        assertThat((Long) build.database()
                        .column("SELECT token FROM async_schema_lease")
                        .get(0))
                .as("workers that took the lease and ran nothing had 42 and on")
                .isGreaterThan(1000);
        assertThat(build.node().drain().succeeded()).isEqualTo(2);
    }

    @Test
    void endsALeaseFromTheFuture() {
        build.database().execute("""
                        UPDATE async_schema_lease
                        SET worker = 'ghost', token = 7, renewed_at = clock_timestamp() + INTERVAL '1 day',
                            lease_until = clock_timestamp() + INTERVAL '1 day'""");
        assertThat(finding(queue().check(), Kind.CLOCK).message()).contains("ghost", "clock went back");
        assertThat(build.node().drain().succeeded()).isZero();

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

package dev.turnasync.worker;

import dev.turnasync.api.Attempt;
import dev.turnasync.api.MigrationListener.Event;
import dev.turnasync.api.SchemaMismatchException;
import dev.turnasync.spi.Claim;
import dev.turnasync.spi.DatabaseAwayException;
import dev.turnasync.spi.ErrorReport;
import dev.turnasync.spi.LeaseSession;
import dev.turnasync.spi.RunOutcome;
import dev.turnasync.spi.Settlement;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Decides what a run's outcome means for its entry, stores it, and tells the listener. While the database is away it waits: nobody
 * else can run the entry either, and when the database is back the fence decides whether the outcome still counts.
 */
final class SettledRun {

    private static final System.Logger LOG = System.getLogger(SettledRun.class.getName());

    private final LeaseSession lease;
    private final LeaseKeeper keeper;
    private final WorkerSettings settings;
    private final Claim claim;
    private final long startedAt = System.nanoTime();

    SettledRun(LeaseSession lease, LeaseKeeper keeper, WorkerSettings settings, Claim claim) {
        this.lease = lease;
        this.keeper = keeper;
        this.settings = settings;
        this.claim = claim;
    }

    void started() {
        tell(new Event.Started(claim.entry(), claim.attempt(), claim.worker()));
    }

    /** Returns false when the lease was lost, so that nothing could be stored. */
    boolean ended(RunOutcome outcome, boolean broken, Counts counts) {
        if (outcome instanceof RunOutcome.Completed completed) {
            return succeeded(completed, counts);
        }
        if (outcome instanceof RunOutcome.Failed failed) {
            return failed(failed, broken, counts);
        }
        if (outcome instanceof RunOutcome.Stopped) {
            return handedBack(counts, null);
        }
        return lost(counts);
    }

    /**
     * Ends what is left of a broken session. It may be at work on the server, and nothing else may begin before it has ended; when
     * it cannot be ended, the entry stays RUNNING, and whoever takes the lease next waits for it.
     */
    boolean sessionGone() {
        var until = System.nanoTime() + settings.leaseFor().toNanos();
        var gone = patiently(lease::endSession);
        // The server takes its time to end a session, and may not show that of another role.
        while (!gone && System.nanoTime() < until && keeper.waitForDatabase()) {
            gone = patiently(lease::endSession);
        }
        if (!gone) {
            tell(new Event.LeaseLost(claim.entry(), claim.attempt()));
        }
        return gone;
    }

    /** Takes that the run's body never returned: the entry is settled as was asked, or as the death of its worker. */
    boolean abandoned(Body.Abandoned end, Counts counts) {
        var error = end.error();
        var failure = new Attempt.Failure(
                error.getClass().getName(), String.valueOf(error.getMessage()), null, stackOf(error));
        return switch (end.cause()) {
            case ASKED -> keeper.isLost() ? lost(counts) : handedBack(counts, failure);
            case SESSION_GONE ->
                failed(new RunOutcome.Failed(new ErrorReport(failure, false, true, error), false), true, counts);
            case JVM_EXIT -> died(failure, counts);
        };
    }

    private static String stackOf(Throwable error) {
        var text = new StringWriter();
        error.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    /** Takes that the run itself broke: the attempt failed, and may be repeated. */
    boolean broke(Throwable cause, Counts counts) {
        var failure = new Attempt.Failure(
                cause.getClass().getName(), String.valueOf(cause.getMessage()), null, stackOf(cause));
        return failed(new RunOutcome.Failed(new ErrorReport(failure, false, false, cause), false), true, counts);
    }

    private boolean died(Attempt.Failure how, Counts counts) {
        if (!patiently(() -> lease.settleAsDead(claim, settings.retryPolicy(), how))) {
            return lost(counts);
        }
        tell(new Event.LeaseLost(claim.entry(), claim.attempt()));
        return true;
    }

    private boolean succeeded(RunOutcome.Completed completed, Counts counts) {
        if (!completed.settled() && !store(Settlement.succeeded(completed.warning()))) {
            return lost(counts);
        }
        tellSuccess(counts);
        if (completed.warning() != null) {
            tell(new Event.Warned(claim.entry(), completed.warning()));
        }
        return true;
    }

    private boolean failed(RunOutcome.Failed failed, boolean broken, Counts counts) {
        var report = failed.report();
        var tries = claim.entry().tries();
        var own = tries.maxAttempts();
        var most = own == null ? settings.retryPolicy().maxAttempts() : own;
        if (broken && report.connectionLost() && failed.advanced()) {
            var reason = "attempt " + claim.attempt()
                    + " lost its connection, after a checkpoint or before it began; it goes on from there";
            return repeated(report, Settlement.cutOff(delayAfter(1), reason, report.error()), counts);
        }
        var failures = tries.failed() + 1;
        if (report.permanent() || failures >= most) {
            var reason = report.permanent()
                    ? "attempt " + claim.attempt() + " met an error that repeating cannot mend"
                    : "all " + most + " attempts failed";
            return failedForGood(report, reason, counts);
        }
        var reason = failures + " of " + most + " attempts failed; the next one waits for its backoff";
        return repeated(report, Settlement.retryable(delayAfter(failures), reason, report.error()), counts);
    }

    private Duration delayAfter(int failures) {
        return settings.retryPolicy()
                .delayAfter(failures, RandomGenerator.getDefault().nextDouble());
    }

    private boolean failedForGood(ErrorReport report, String reason, Counts counts) {
        if (!store(Settlement.failed(reason, report.error()))) {
            return lost(counts);
        }
        counts.failed++;
        counts.failure = report.cause();
        tell(new Event.Failed(claim.entry(), claim.attempt(), report.cause(), reason));
        return true;
    }

    private boolean repeated(ErrorReport report, Settlement settlement, Counts counts) {
        if (!store(settlement)) {
            return lost(counts);
        }
        counts.retryable++;
        counts.failure = report.cause();
        var delay = settlement.delay() == null ? Duration.ZERO : settlement.delay();
        tell(new Event.AttemptFailed(claim.entry(), claim.attempt(), report.cause(), delay));
        return true;
    }

    private boolean handedBack(Counts counts, Attempt.@Nullable Failure error) {
        var how = error == null ? " stopped and gave it back" : " stopped and gave it back, though it never returned";
        if (!store(Settlement.handedBack("worker " + claim.worker() + how, error))) {
            return lost(counts);
        }
        counts.handedBack++;
        tell(new Event.HandedBack(claim.entry(), claim.attempt()));
        return true;
    }

    /** When a commit's answer was lost on the way, the attempt tells whether it happened. When nobody took over, the entry is free. */
    private boolean lost(Counts counts) {
        if (patiently(() -> lease.hasSucceeded(claim))) {
            tellSuccess(counts);
            return true;
        }
        var stored = store(Settlement.lost(
                "worker " + claim.worker() + " could not reach the database for too long; queued again"));
        LOG.log(System.Logger.Level.DEBUG, "the lease was lost; nobody had taken over: {0}", stored);
        tell(new Event.LeaseLost(claim.entry(), claim.attempt()));
        return false;
    }

    private void tellSuccess(Counts counts) {
        counts.succeeded++;
        tell(new Event.Succeeded(claim.entry(), claim.attempt(), Duration.ofNanos(System.nanoTime() - startedAt)));
    }

    /** Stores a settlement; without the texts of others once the database did not take it for a reason of its own. */
    private boolean store(Settlement settlement) {
        var next = new AtomicReference<>(settlement);
        return patiently(() -> {
            try {
                return lease.settle(claim, next.get());
            } catch (DatabaseAwayException e) {
                throw e;
            } catch (RuntimeException e) {
                next.set(settlement.bare());
                throw e;
            }
        });
    }

    /**
     * Asks until there is an answer. The outcome of finished work is kept while its token may be valid, whatever the database says:
     * it is away, read-only, locked, takes no login, or lacks a right. Only when the tables are gone nothing is left to wait for.
     */
    private <T> T patiently(Supplier<T> question) {
        var waits = new RepeatedFailure(LOG);
        var outcome = "how " + settings.name(claim.entry()) + " ended";
        while (true) {
            try {
                var answer = question.get();
                waits.worked("stored " + outcome);
                return answer;
            } catch (RuntimeException | OutOfMemoryError e) { // a data source may throw what it likes
                waits.failed("waiting for the database, to store " + outcome, e);
                if (e instanceof SchemaMismatchException || !keeper.waitForDatabase()) {
                    throw e;
                }
            }
        }
    }

    private void tell(Event event) {
        settings.listener().on(event);
    }
}

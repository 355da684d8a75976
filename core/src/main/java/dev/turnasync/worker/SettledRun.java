package dev.turnasync.worker;

import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.MigrationListener.Event;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.spi.Claim;
import dev.turnasync.spi.ErrorReport;
import dev.turnasync.spi.LeaseSession;
import dev.turnasync.spi.RunOutcome;
import dev.turnasync.spi.Settlement;
import java.time.Duration;
import java.util.random.RandomGenerator;

/** Decides what a run's outcome means for its entry, stores it, and tells the listener. */
final class SettledRun {

    private final LeaseSession lease;
    private final WorkerSettings settings;
    private final Claim claim;
    private final Counts counts;
    private final long startedAt = System.nanoTime();

    SettledRun(LeaseSession lease, WorkerSettings settings, Claim claim, Counts counts) {
        this.lease = lease;
        this.settings = settings;
        this.claim = claim;
        this.counts = counts;
    }

    void started() {
        tell(new Event.Started(claim.entry(), claim.attempt(), claim.worker()));
    }

    /** Returns false when the lease was lost, so that nothing could be stored. */
    boolean ended(RunOutcome outcome) {
        if (outcome instanceof RunOutcome.Completed completed) {
            return succeeded(completed);
        }
        if (outcome instanceof RunOutcome.Failed failed) {
            return failed(failed.report());
        }
        if (outcome instanceof RunOutcome.Stopped) {
            return handedBack();
        }
        return lost();
    }

    private boolean succeeded(RunOutcome.Completed completed) {
        if (!completed.settled() && !lease.settle(claim, Settlement.succeeded(completed.warning()))) {
            return lost();
        }
        counts.succeeded++;
        tell(new Event.Succeeded(claim.entry(), claim.attempt(), Duration.ofNanos(System.nanoTime() - startedAt)));
        if (completed.warning() != null) {
            tell(new Event.Warned(claim.entry(), completed.warning()));
        }
        return true;
    }

    private boolean failed(ErrorReport report) {
        var tries = claim.entry().tries();
        var failures = tries.failed() + 1;
        var own = tries.maxAttempts();
        var most = own == null ? settings.retryPolicy().maxAttempts() : own;
        if (report.permanent() || failures >= most) {
            var reason = report.permanent()
                    ? "attempt " + claim.attempt() + " met an error that repeating cannot mend"
                    : "all " + most + " attempts failed";
            return failedForGood(report, reason);
        }
        return retryable(report, failures, most);
    }

    private boolean failedForGood(ErrorReport report, String reason) {
        if (!lease.settle(claim, Settlement.failed(reason, report.error()))) {
            return lost();
        }
        counts.failed++;
        counts.failure = report.cause();
        tell(new Event.Failed(claim.entry(), claim.attempt(), report.cause(), reason));
        return true;
    }

    private boolean retryable(ErrorReport report, int failures, int most) {
        var random = RandomGenerator.getDefault().nextDouble();
        var delay = settings.retryPolicy().delayAfter(failures, random);
        var reason = failures + " of " + most + " attempts failed; the next one waits for its backoff";
        if (!lease.settle(claim, Settlement.retryable(delay, reason, report.error()))) {
            return lost();
        }
        counts.retryable++;
        counts.failure = report.cause();
        tell(new Event.AttemptFailed(claim.entry(), claim.attempt(), report.cause(), delay));
        return true;
    }

    private boolean handedBack() {
        if (!lease.settle(claim, Settlement.handedBack("worker " + claim.worker() + " stopped and gave it back"))) {
            return lost();
        }
        counts.handedBack++;
        tell(new Event.HandedBack(claim.entry(), claim.attempt()));
        return true;
    }

    /** When a commit's answer was lost on the way, the entry tells whether it happened. */
    private boolean lost() {
        var now = lease.reload(claim.entry().id());
        var run = now.map(QueueEntry::run).orElse(null);
        if (run != null && run.attempt() == claim.attempt() && now.get().status() == EntryStatus.SUCCEEDED) {
            counts.succeeded++;
            tell(new Event.Succeeded(claim.entry(), claim.attempt(), Duration.ofNanos(System.nanoTime() - startedAt)));
            return true;
        }
        tell(new Event.LeaseLost(claim.entry(), claim.attempt()));
        return false;
    }

    private void tell(Event event) {
        settings.listener().on(event);
    }
}

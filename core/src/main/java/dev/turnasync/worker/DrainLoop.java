package dev.turnasync.worker;

import dev.turnasync.api.DrainResult;
import dev.turnasync.api.DrainResult.StopReason;
import dev.turnasync.spi.Claim;
import dev.turnasync.spi.LeaseSession;
import dev.turnasync.spi.MigrationRunner;
import dev.turnasync.spi.MigrationRunner.RunSession;
import dev.turnasync.spi.RunOutcome;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Runs entries under one lease:
 *
 * <ol>
 *   <li>Free an entry that a dead worker left RUNNING.
 *   <li>Claim the head, or stop with the reason why it cannot be claimed.
 *   <li>Run it; store how it ended; go on with the next.
 * </ol>
 */
final class DrainLoop {

    private final LeaseSession lease;
    private final MigrationRunner runner;
    private final WorkerSettings settings;
    private final LeaseKeeper keeper;
    private final Counts counts = new Counts();
    private boolean lostEarly;

    DrainLoop(LeaseSession lease, MigrationRunner runner, WorkerSettings settings, LeaseKeeper keeper) {
        this.lease = lease;
        this.runner = runner;
        this.settings = settings;
        this.keeper = keeper;
    }

    DrainResult drain(Wish wish) {
        if (!lease.recover(settings.retryPolicy())) {
            return counts.result(StopReason.PREVIOUS_RUN_ALIVE, null);
        }
        try (var session = new LazySession(runner, lease)) {
            while (counts.runs() < wish.most()) {
                keeper.moved();
                if (keeper.stops()) {
                    return counts.result(StopReason.STOPPED, null);
                }
                if (keeper.isLost()) {
                    lostEarly = true;
                    return counts.result(StopReason.LEASE_LOST, null);
                }
                session.open();
                var answer = lease.claim(runner::has, wish.ignoreBackoff());
                var claim = answer.claim();
                if (claim == null) {
                    lostEarly = answer.why() == StopReason.LEASE_LOST;
                    return counts.result(reason(answer.why()), answer.head());
                }
                var stopped = run(session.open(), claim);
                if (stopped.isPresent()) {
                    return counts.result(stopped.get(), claim.entry());
                }
            }
            return counts.result(StopReason.DONE, null);
        }
    }

    /** Whether the lease was lost before the body of the next entry began. */
    boolean lostEarly() {
        return lostEarly;
    }

    /** Returns why the drain must end; empty when it may go on. */
    private Optional<StopReason> run(RunSession session, Claim claim) {
        var settling = new SettledRun(lease, keeper, settings, claim);
        settling.started();
        var end = keeper.run(session, claim);
        if (end instanceof Body.Abandoned abandoned) {
            var settled = settling.sessionGone() && settling.abandoned(abandoned, counts);
            return Optional.of(settled ? StopReason.HUNG : StopReason.LEASE_LOST);
        }
        if (end instanceof Body.Broke broke) {
            session.abort();
            var settled = settling.sessionGone() && settling.broke(broke.cause(), counts);
            return Optional.of(settled ? StopReason.STOPPED : StopReason.LEASE_LOST);
        }
        var outcome = ((Body.Returned) end).outcome();
        lostEarly = outcome instanceof RunOutcome.Fenced fenced && !fenced.begun();
        var broken = session.isBroken();
        var settled = (!broken || settling.sessionGone()) && settling.ended(outcome, broken, counts);
        return settled ? Optional.empty() : Optional.of(StopReason.LEASE_LOST);
    }

    private static StopReason reason(@Nullable StopReason why) {
        if (why == null) {
            throw new IllegalStateException("no claim and no reason");
        }
        return why;
    }
}

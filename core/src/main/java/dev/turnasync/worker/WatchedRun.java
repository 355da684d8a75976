package dev.turnasync.worker;

import dev.turnasync.api.MigrationListener.Event;
import dev.turnasync.api.QueueEntry.Progress;
import dev.turnasync.spi.Claim;
import dev.turnasync.spi.LeaseSession;
import dev.turnasync.spi.MigrationRunner.RunSession;
import dev.turnasync.spi.Observation;
import dev.turnasync.spi.Observation.Wish;
import dev.turnasync.spi.RunControl;
import dev.turnasync.worker.Body.Cause;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A run as the {@link LeaseKeeper} watches it. What is done with one that must end and does not:
 *
 * <ol>
 *   <li>Its statement is canceled, again and again.
 *   <li>After a third of a lease, or ten seconds where that is less, its connection is closed.
 *   <li>A little later it is abandoned: the drain goes on without it, and it can commit nothing more.
 * </ol>
 *
 * A run that called {@code System.exit} is abandoned at once. One whose session the server has lost, and which nobody asked to end,
 * may be at work elsewhere: it has a whole lease to notice. A run whose session is alive is never abandoned for its silence.
 */
final class WatchedRun implements RunControl {

    private static final System.Logger LOG = System.getLogger(WatchedRun.class.getName());
    /** How long a body may take to unwind once its connection is closed. */
    private static final Duration LEAST_UNWINDING = Duration.ofSeconds(2);

    private static final Duration MOST_UNWINDING = Duration.ofSeconds(5);
    /** A stop does not take longer where leases are long. */
    private static final Duration MOST_PATIENCE = Duration.ofSeconds(10);

    private final LeaseKeeper keeper;
    private final LeaseSession lease;
    private final WorkerSettings settings;
    private final Claim claim;
    private final RunSession session;
    private final Body body;
    private final AtomicReference<@Nullable Progress> reported = new AtomicReference<>();
    private volatile Observation seen = Observation.NONE;
    private @Nullable String toldOf; // who blocks the run: said once, and again when it is somebody else
    private volatile @Nullable Long closedAt;
    private @Nullable Long mustEndSince; // of the thread that watches the clock
    private Optional<Progress> saved = Optional.empty();

    WatchedRun(LeaseKeeper keeper, LeaseSession lease, WorkerSettings settings, Body body) {
        this.keeper = keeper;
        this.lease = lease;
        this.settings = settings;
        this.claim = body.claim();
        this.session = body.session();
        this.body = body;
    }

    @Override
    public boolean stopRequested() {
        return keeper.stops() || seen.wish() != Wish.NONE;
    }

    /** One that was abandoned has no lease any more, however long its thread lives. */
    @Override
    public boolean leaseLost() {
        return keeper.isLost() || body.isAbandoned();
    }

    @Override
    public void progress(Progress progress) {
        reported.set(progress);
    }

    @Override
    public void log(String line) {
        if (!body.isAbandoned()) {
            settings.listener().on(new Event.Logged(claim.entry(), line));
        }
    }

    /** Looks after the run by asking the database. */
    void look() {
        try {
            cancel();
            observe();
            cancel();
        } catch (RuntimeException | Error e) {
            LOG.log(System.Logger.Level.DEBUG, "worker " + settings.id() + " could not look after its run", e);
        }
    }

    /** Stores the progress and tells listeners, which may take their time. */
    void tell() {
        try {
            var blockedBy = seen.blockedBy();
            if (blockedBy != null && !blockedBy.equals(toldOf)) {
                log("waits for a lock held by " + blockedBy);
            }
            toldOf = blockedBy;
            saveProgress();
        } catch (RuntimeException | Error e) {
            LOG.log(System.Logger.Level.DEBUG, "worker " + settings.id() + " could not tell of its run", e);
        }
    }

    /** Asks the database nothing, so that it is on time when the database does not answer. */
    void watchClock() {
        body.requireEnd();
        if (body.exitsJvm()) {
            abandon(Cause.JVM_EXIT);
            return;
        }
        var now = System.nanoTime();
        var mustEnd = mustEnd();
        if (mustEnd && mustEndSince == null) {
            mustEndSince = now;
        }
        var closed = closedAt;
        if (closed != null) {
            var patience = mustEnd ? unwinding() : settings.leaseFor();
            if (now - closed > patience.toNanos()) {
                abandon(mustEnd ? Cause.ASKED : Cause.SESSION_GONE);
            }
        } else if (mustEndSince != null && now - mustEndSince > patience().toNanos()) {
            closedAt = now;
            warn("{0} cannot be canceled; worker {1} closes its connection");
            abort();
        }
    }

    /** How long a statement may resist being canceled. */
    private Duration patience() {
        return settings.renewEvery().compareTo(MOST_PATIENCE) > 0 ? MOST_PATIENCE : settings.renewEvery();
    }

    private Duration unwinding() {
        var usual = settings.renewEvery();
        if (usual.compareTo(LEAST_UNWINDING) < 0) {
            return LEAST_UNWINDING;
        }
        return usual.compareTo(MOST_UNWINDING) > 0 ? MOST_UNWINDING : usual;
    }

    void ended() {
        seen = Observation.NONE;
        saveProgress();
    }

    private boolean mustEnd() {
        return keeper.mustEnd() || seen.wish() == Wish.CANCEL;
    }

    private void cancel() {
        if (mustEnd()) {
            lease.cancelStatement(claim);
        }
    }

    private void abandon(Cause cause) {
        var name = settings.name(claim.entry());
        var what = switch (cause) {
            case ASKED -> name + " did not return after its session was ended";
            case SESSION_GONE -> name + " lost its session and did not return for " + settings.leaseFor();
            case JVM_EXIT -> name + " called System.exit";
        };
        var where = DaemonThreads.stackOf(body.thread());
        if (body.abandon(cause, what)) {
            abort();
            LOG.log(
                    System.Logger.Level.WARNING,
                    what + "; worker " + settings.id() + " runs nothing else until its thread ends. " + where);
        }
    }

    private void abort() {
        try {
            session.abort();
        } catch (RuntimeException | Error e) {
            LOG.log(System.Logger.Level.DEBUG, "a connection could not be closed", e);
        }
    }

    private void observe() {
        var before = seen;
        try {
            seen = lease.observe(claim);
        } catch (RuntimeException | Error e) {
            LOG.log(System.Logger.Level.DEBUG, "worker " + settings.id() + " could not look at its run", e);
            return;
        }
        if (before.gone() && seen.gone() && closedAt == null && session.abortGone()) {
            closedAt = System.nanoTime();
            warn("the server no longer has the session of {0}; worker {1} closed its connection");
        }
    }

    private void warn(String line) {
        LOG.log(System.Logger.Level.WARNING, line, settings.name(claim.entry()), settings.id());
    }

    /** A failing bookkeeping write never harms the run. */
    private void saveProgress() {
        var progress = seen.complete(reported.get());
        if (progress.isEmpty() || progress.equals(saved) || keeper.isLost()) {
            return;
        }
        saved = progress;
        try {
            lease.saveProgress(claim, progress.get());
        } catch (RuntimeException | Error e) {
            LOG.log(System.Logger.Level.DEBUG, "could not store the progress of " + settings.name(claim.entry()), e);
        }
        settings.listener().on(new Event.Progressed(claim.entry(), progress.get()));
    }
}

package dev.turnasync.worker;

import dev.turnasync.api.MigrationListener.Event;
import dev.turnasync.api.QueueEntry.Progress;
import dev.turnasync.spi.Claim;
import dev.turnasync.spi.LeaseSession;
import dev.turnasync.spi.MigrationRunner.RunSession;
import dev.turnasync.spi.Observation;
import dev.turnasync.spi.Observation.Wish;
import dev.turnasync.spi.RunControl;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the lease while a worker drains, on threads of its own, so that neither a slow listener nor a database that does not
 * answer holds up the others:
 *
 * <ol>
 *   <li>Renew the lease every so often. When it was taken over, or could not be renewed for a whole lease, it is lost: the run
 *       hears of it, and its statement is cancelled.
 *   <li>Look at the run from outside once a second: what operators ask of it, the index build of its session, who blocks it.
 *   <li>Store the progress a run reports, at most once a second.
 *   <li>When the worker stops and the run goes on after the stop grace, cancel its statement, again and again until it ends.
 *   <li>When a run goes on for a third of a lease after that, as behind a network that swallows everything, close its connection.
 * </ol>
 *
 * Statements are cancelled by the database; a thread inside JDBC is never interrupted.
 */
final class LeaseKeeper implements RunControl, AutoCloseable {

    private static final System.Logger LOG = System.getLogger(LeaseKeeper.class.getName());
    private static final Duration TICK = Duration.ofSeconds(1);

    /** A run, and since when its statements are being cancelled; of the thread that watches the clock. */
    private static final class Running {
        final Claim claim;
        final RunSession session;
        private volatile Observation seen = Observation.NONE;
        private Optional<Progress> saved = Optional.empty();
        private long cancelledSince;
        private boolean resists;

        Running(Claim claim, RunSession session) {
            this.claim = claim;
            this.session = session;
        }

        /** True once: when it has been cancelled in vain for so long. Counts from the first question. */
        boolean beginsToResist(Duration patience) {
            if (cancelledSince == 0) {
                cancelledSince = System.nanoTime() | 1;
            }
            var begins = !resists && System.nanoTime() - cancelledSince > patience.toNanos();
            resists |= begins;
            return begins;
        }
    }

    private final LeaseSession lease;
    private final WorkerSettings settings;
    private final StopFlag stop;
    private final ScheduledExecutorService thread;
    private final AtomicReference<@Nullable Running> running = new AtomicReference<>();
    private final AtomicReference<@Nullable Progress> reported = new AtomicReference<>();
    private volatile boolean lost;
    private volatile long renewedAt = System.nanoTime();

    private LeaseKeeper(LeaseSession lease, WorkerSettings settings, StopFlag stop) {
        this.lease = lease;
        this.settings = settings;
        this.stop = stop;
        this.thread =
                Executors.newScheduledThreadPool(3, work -> DaemonThreads.of("turnasync-lease-" + settings.id(), work));
    }

    static LeaseKeeper start(LeaseSession lease, WorkerSettings settings, StopFlag stop) {
        var keeper = new LeaseKeeper(lease, settings, stop);
        var every = settings.renewEvery().toMillis();
        var tick = Math.min(TICK.toMillis(), every);
        keeper.every(every, keeper::renew);
        keeper.every(tick, keeper::tick);
        keeper.every(tick, keeper::watchClock);
        return keeper;
    }

    private void every(long millis, Runnable work) {
        var unused = thread.scheduleWithFixedDelay(work, millis, millis, TimeUnit.MILLISECONDS);
    }

    void began(Claim claim, RunSession session) {
        reported.set(null);
        running.set(new Running(claim, session));
    }

    /** Waits a moment for a database that is away. Returns false when the worker must not wait any longer. */
    boolean waitForDatabase() {
        if (stop.isRaisedFor(settings.stopGrace()) || (lost && settings.endsWithLease())) {
            return false;
        }
        LockSupport.parkNanos(Math.min(TICK.toNanos(), settings.renewEvery().toNanos()));
        return true;
    }

    void ended() {
        var last = running.getAndSet(null);
        if (last != null) {
            last.seen = Observation.NONE;
            saveProgress(last);
        }
    }

    boolean workerStops() {
        return stop.isRaised();
    }

    @Override
    public boolean stopRequested() {
        return stop.isRaised() || seen().wish() != Wish.NONE;
    }

    private Observation seen() {
        var current = running.get();
        return current == null ? Observation.NONE : current.seen;
    }

    @Override
    public void log(String line) {
        var current = running.get();
        if (current != null) {
            settings.listener().on(new Event.Logged(current.claim.entry(), line));
        }
    }

    @Override
    public boolean leaseLost() {
        return lost;
    }

    @Override
    public void progress(Progress progress) {
        reported.set(progress);
    }

    @Override
    public void close() {
        thread.shutdown();
    }

    private void renew() {
        try {
            if (lease.renew()) {
                renewedAt = System.nanoTime();
            } else {
                lose("it was taken over");
            }
        } catch (RuntimeException | Error e) {
            LOG.log(System.Logger.Level.WARNING, "worker " + settings.id() + " could not renew its lease", e);
        }
    }

    private void tick() {
        try {
            var current = running.get();
            if (current != null) {
                cancel(current);
                observe(current);
                cancel(current);
                saveProgress(current);
            }
        } catch (RuntimeException | Error e) {
            LOG.log(System.Logger.Level.DEBUG, "worker " + settings.id() + " could not look after its run", e);
        }
    }

    /** Asks the database nothing, so that it is on time when the database does not answer. */
    private void watchClock() {
        if (!lost && System.nanoTime() - renewedAt > settings.leaseFor().toNanos()) {
            lose("it could not be renewed for " + settings.leaseFor());
        }
        var current = running.get();
        if (current != null && mustEnd(current) && current.beginsToResist(settings.renewEvery())) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "{0} cannot be cancelled; worker {1} closes its connection",
                    settings.name(current.claim.entry()),
                    settings.id());
            abort(current.session);
        }
    }

    private static void abort(RunSession session) {
        try {
            session.abort();
        } catch (RuntimeException | Error e) {
            LOG.log(System.Logger.Level.DEBUG, "a connection could not be closed", e);
        }
    }

    private void cancel(Running current) {
        if (mustEnd(current)) {
            lease.cancelStatement(current.claim);
        }
    }

    private boolean mustEnd(Running current) {
        return lost || stop.isRaisedFor(settings.stopGrace()) || current.seen.wish() == Wish.CANCEL;
    }

    private void lose(String why) {
        if (!lost) {
            lost = true;
            LOG.log(System.Logger.Level.WARNING, "worker " + settings.id() + " lost its lease: " + why);
        }
    }

    /** Says once who blocks a run, and again when it is somebody else. */
    private void observe(Running current) {
        var before = current.seen;
        try {
            current.seen = lease.observe(current.claim);
        } catch (RuntimeException | Error e) {
            LOG.log(System.Logger.Level.DEBUG, "worker " + settings.id() + " could not look at its run", e);
            return;
        }
        if (before.gone() && current.seen.gone()) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the server no longer has the session of {0}; worker {1} closes its connection",
                    settings.name(current.claim.entry()),
                    settings.id());
            current.session.abortGone();
        }
        var blockedBy = current.seen.blockedBy();
        if (blockedBy != null && !blockedBy.equals(before.blockedBy())) {
            log("waits for a lock held by " + blockedBy);
        }
    }

    /** A failing bookkeeping write never harms the run. */
    private void saveProgress(Running current) {
        var progress = current.seen.complete(reported.get());
        if (progress.isEmpty() || progress.equals(current.saved) || lost) {
            return;
        }
        current.saved = progress;
        try {
            lease.saveProgress(current.claim, progress.get());
        } catch (RuntimeException | Error e) {
            LOG.log(
                    System.Logger.Level.DEBUG,
                    "could not store the progress of " + settings.name(current.claim.entry()),
                    e);
        }
        settings.listener().on(new Event.Progressed(current.claim.entry(), progress.get()));
    }
}

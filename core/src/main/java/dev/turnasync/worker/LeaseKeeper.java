package dev.turnasync.worker;

import dev.turnasync.spi.Claim;
import dev.turnasync.spi.LeaseSession;
import dev.turnasync.spi.MigrationRunner.RunSession;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the lease while a worker drains, on threads of its own, so that neither a slow listener nor a database that does not
 * answer holds up the others:
 *
 * <ol>
 *   <li>Renew the lease every so often. When it was taken over, or could not be renewed for a whole lease, it is lost: the run
 *       hears of it, and its statement is canceled.
 *   <li>Look at the run from outside once a second: what operators ask of it, the index build of its session, who blocks it. Store
 *       the progress it reports.
 *   <li>See to it that a run that must end does end, or is abandoned; see {@link WatchedRun}.
 *   <li>Let the lease run out when the drain's own thread hangs: a lease stands for work that can be committed, not for a JVM
 *       that lives.
 * </ol>
 *
 * Statements are canceled by the database; a thread inside JDBC is never interrupted.
 */
final class LeaseKeeper implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(LeaseKeeper.class.getName());
    private static final Duration TICK = Duration.ofSeconds(1);
    /** A listener may take its time, and so may a pool that opens a connection. */
    private static final Duration LEAST_STUCK = Duration.ofSeconds(30);

    private final LeaseSession lease;
    private final WorkerSettings settings;
    private final StopFlag stop;
    private final Bodies bodies;
    private final ScheduledExecutorService thread;
    private final Thread drain = Thread.currentThread();
    private final RepeatedFailure renewals = new RepeatedFailure(LOG);
    private final AtomicReference<@Nullable WatchedRun> running = new AtomicReference<>();
    private volatile boolean lost;
    private volatile boolean closed;
    private volatile long renewedAt = System.nanoTime();
    private volatile long movedAt = System.nanoTime();

    private LeaseKeeper(LeaseSession lease, WorkerSettings settings, StopFlag stop, Bodies bodies) {
        this.lease = lease;
        this.settings = settings;
        this.stop = stop;
        this.bodies = bodies;
        this.thread =
                Executors.newScheduledThreadPool(4, work -> DaemonThreads.of("turnasync-lease-" + settings.id(), work));
    }

    /** Starts a keeper for the drain of the current thread. */
    static LeaseKeeper start(LeaseSession lease, WorkerSettings settings, StopFlag stop, Bodies bodies) {
        var keeper = new LeaseKeeper(lease, settings, stop, bodies);
        var every = settings.renewEvery().toMillis();
        var tick = Math.min(TICK.toMillis(), every);
        keeper.every(every, keeper::renew);
        keeper.every(tick, () -> keeper.whileRunning(WatchedRun::look));
        keeper.every(tick, () -> keeper.whileRunning(WatchedRun::tell));
        keeper.every(tick, keeper::watchClock);
        return keeper;
    }

    private void every(long millis, Runnable work) {
        Runnable surviving = () -> {
            try {
                work.run();
            } catch (
                    Throwable
                            e) { // a task that throws is never run again, and its lease would be lost or kept for ever
                survive(e);
            }
        };
        var unused = thread.scheduleWithFixedDelay(surviving, millis, millis, TimeUnit.MILLISECONDS);
    }

    /** Logs, where there is memory for it. */
    private static void survive(Throwable failure) {
        try {
            LOG.log(System.Logger.Level.DEBUG, "a look after a lease failed", failure);
        } catch (Error e) {
            failure.addSuppressed(e);
        }
    }

    private void whileRunning(Consumer<WatchedRun> look) {
        var current = running.get();
        if (current != null) {
            look.accept(current);
        }
    }

    /** Runs a claimed entry on a thread of its own, and returns when it has ended or is waited for no longer. */
    Body.End run(RunSession session, Claim claim) {
        var body = bodies.next(session, claim);
        var run = new WatchedRun(this, lease, settings, body);
        running.set(run);
        try {
            return body.run(run);
        } finally {
            moved();
            running.set(null);
            run.ended();
        }
    }

    /** Waits a moment for a database that is away. Returns false when the worker must not wait any longer. */
    boolean waitForDatabase() {
        moved();
        if (stop.isRaisedFor(settings.stopGrace()) || (lost && settings.endsWithLease())) {
            return false;
        }
        LockSupport.parkNanos(Math.min(TICK.toNanos(), settings.renewEvery().toNanos()));
        return true;
    }

    /** Takes that the drain's own thread goes on. */
    void moved() {
        movedAt = System.nanoTime();
    }

    /** Tells whether the worker was asked to stop. */
    boolean stops() {
        return stop.isRaised();
    }

    /** Tells whether whatever runs must end now. */
    boolean mustEnd() {
        return lost || stop.isRaisedFor(settings.stopGrace());
    }

    boolean isLost() {
        return lost;
    }

    @Override
    public void close() {
        closed = true;
        thread.shutdown();
    }

    private void renew() {
        if (isStuck()) {
            lose("it has run no migration for " + stuckAfter() + " and does not go on: "
                    + DaemonThreads.stackOf(drain));
            return;
        }
        try {
            if (lease.renew()) {
                renewedAt = System.nanoTime();
                renewals.worked("worker " + settings.id() + " renews its lease again");
            } else {
                lose("it was taken over");
            }
        } catch (RuntimeException | Error e) {
            if (closed) {
                return; // the lease is being released
            }
            renewals.failed("worker " + settings.id() + " could not renew its lease", e);
        }
    }

    /** Whether the drain hangs outside a migration, as in a listener or a pool. */
    private boolean isStuck() {
        return running.get() == null
                && System.nanoTime() - movedAt > stuckAfter().toNanos();
    }

    private Duration stuckAfter() {
        return settings.leaseFor().compareTo(LEAST_STUCK) > 0 ? settings.leaseFor() : LEAST_STUCK;
    }

    /** Asks the database nothing, so that it is on time when the database does not answer. */
    private void watchClock() {
        if (!lost && DaemonThreads.exitsJvm(drain)) {
            lose("a listener called System.exit");
            lease.close(); // this thread never comes to it
        }
        if (!lost && System.nanoTime() - renewedAt > settings.leaseFor().toNanos()) {
            lose("it could not be renewed for " + settings.leaseFor());
        }
        whileRunning(WatchedRun::watchClock);
    }

    private void lose(String why) {
        if (!lost) {
            lost = true;
            LOG.log(System.Logger.Level.WARNING, "worker " + settings.id() + " lost its lease: " + why);
        }
    }
}

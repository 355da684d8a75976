package dev.turnasync.worker;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.DrainResult;
import dev.turnasync.api.DrainResult.StopReason;
import dev.turnasync.api.MigrationWorker;
import dev.turnasync.spi.MigrationRunner;
import dev.turnasync.spi.QueueStore;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A worker whose drains run on its own platform thread, one after the other. The calling thread waits; when it is interrupted
 * its drain is asked to stop and the interrupt is kept for the caller, so that no interrupt ever reaches JDBC.
 */
final class QueueWorker implements MigrationWorker {

    /** How long a cancelled statement and the last bookkeeping may take at the end. */
    private static final Duration LAST_WAIT = Duration.ofSeconds(30);

    private static final int LOOK_SECONDS = 1;

    private static final System.Logger LOG = System.getLogger(QueueWorker.class.getName());

    private final QueueStore store;
    private final MigrationRunner runner;
    private final WorkerSettings settings;
    private final StopFlag stop = StopFlag.ofWorker();
    private final Bodies bodies;
    private final LeaseFit fit;
    private final ExecutorService thread;
    private volatile @Nullable Thread drainThread;

    QueueWorker(QueueStore store, MigrationRunner runner, WorkerSettings settings) {
        this.store = store;
        this.runner = runner;
        this.settings = settings;
        this.bodies = new Bodies(settings);
        this.fit = new LeaseFit(settings);
        this.thread = Executors.newSingleThreadExecutor(this::newThread);
    }

    private Thread newThread(Runnable work) {
        var made = DaemonThreads.of("turnasync-drain-" + settings.id(), work);
        drainThread = made;
        return made;
    }

    @Override
    public String id() {
        return settings.id();
    }

    @Override
    public DrainResult drain() {
        return call(Wish.atMost(Integer.MAX_VALUE));
    }

    @Override
    public DrainResult drain(int most, Duration wait) {
        if (most < 1 || wait.isNegative()) {
            throw new IllegalArgumentException(
                    "a drain runs at least 1 entry and waits no negative time: " + most + ", " + wait);
        }
        return new PatientDrain(entries -> call(Wish.atMost(entries)), store, settings, stop).run(most, wait);
    }

    @Override
    public DrainResult drainOne() {
        return call(Wish.atMost(1));
    }

    @Override
    public DrainResult drainOneNow() {
        return call(Wish.ONE_NOW);
    }

    @Override
    public void close() {
        stop.raise();
        thread.shutdown();
        if (isOwnThread()) {
            return; // closed by a migration or a listener, which would wait for itself
        }
        var interrupted = false;
        try {
            var until = System.nanoTime() + settings.stopGrace().plus(LAST_WAIT).toNanos();
            while (!thread.awaitTermination(LOOK_SECONDS, TimeUnit.SECONDS)) {
                var drain = drainThread;
                if (System.nanoTime() > until || (drain != null && DaemonThreads.exitsJvm(drain))) {
                    LOG.log(
                            System.Logger.Level.WARNING,
                            "worker " + settings.id() + " did not end; its lease runs out");
                    break;
                }
            }
        } catch (InterruptedException e) {
            interrupted = true;
        } finally {
            restoreInterrupt(interrupted);
        }
    }

    /** Whether a migration or a listener of this worker calls. */
    private boolean isOwnThread() {
        return Thread.currentThread() == drainThread || bodies.isCurrentThread();
    }

    @Override
    public boolean isHung() {
        return bodies.isHung();
    }

    private DrainResult call(Wish wish) {
        if (isOwnThread()) {
            throw new IllegalStateException("a migration or a listener must not drain the worker that runs it");
        }
        var drainStop = stop.ofDrain();
        var begun = new AtomicBoolean();
        try {
            return await(
                    thread.submit(() -> begun.compareAndSet(false, true) ? drain(wish, drainStop) : stopped()),
                    drainStop,
                    begun);
        } catch (RejectedExecutionException e) {
            LOG.log(System.Logger.Level.DEBUG, "worker " + settings.id() + " is closed", e);
            return stopped();
        }
    }

    private DrainResult drain(Wish wish, StopFlag drainStop) {
        if (drainStop.isRaised()) {
            return stopped();
        }
        if (bodies.isHung()) {
            return new Counts().result(StopReason.HUNG, null);
        }
        var held = store.tryLease(settings.id(), settings.leaseFor());
        if (held.isEmpty()) {
            var glance = store.glance();
            if (glance.head().isEmpty()) {
                return new Counts().result(StopReason.EMPTY, null);
            }
            store.requireLease();
            return new Counts().result(StopReason.LEASE_HELD, glance.head().get());
        }
        try (var lease = held.get();
                var keeper = LeaseKeeper.start(lease, settings, drainStop, bodies)) {
            fit.require(lease.roundTrip());
            var loop = new DrainLoop(lease, runner, settings, keeper);
            var result = loop.drain(wish);
            if (loop.lostEarly()) {
                fit.lostBeforeTheBody(lease.roundTrip(), result);
            }
            return result;
        }
    }

    private static DrainResult stopped() {
        return new Counts().result(StopReason.STOPPED, null);
    }

    /** Waits for a drain; an interrupt stops that drain, or drops it before its turn, and is kept for the caller. */
    private static DrainResult await(Future<DrainResult> result, StopFlag drainStop, AtomicBoolean begun) {
        var interrupted = false;
        try {
            while (true) {
                try {
                    return result.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                    drainStop.raise();
                    if (begun.compareAndSet(false, true)) {
                        return stopped();
                    }
                }
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AsyncMigrationException known) {
                throw known;
            }
            throw new AsyncMigrationException("a drain ended unexpectedly: " + e.getCause(), e.getCause());
        } finally {
            restoreInterrupt(interrupted);
        }
    }

    private static void restoreInterrupt(boolean interrupted) {
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}

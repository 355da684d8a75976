package dev.turnasync.worker;

import dev.turnasync.api.QueueEntry;
import dev.turnasync.api.Waker;
import dev.turnasync.spi.MigrationRunner;
import dev.turnasync.spi.QueueStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * Looks at the queue every so often, with jitter, and wakes somebody when the head is due, its class is here and no worker holds
 * the lease. So a lost wake-up costs at most one look. After a hint that something was queued it looks more often for a while,
 * since Flyway's history commits a moment after the entry. Safe for use by many threads.
 */
public final class Watcher implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(Watcher.class.getName());

    /** When to look after a hint, in milliseconds; Vitess' burst of ticks, begun earlier. */
    private static final List<Long> BURST = List.of(50L, 200L, 500L, 1_000L, 2_000L, 5_000L, 10_000L, 20_000L);

    private final QueueStore store;
    private final MigrationRunner runner;
    private final Waker waker;
    private final Duration every;
    private final ScheduledThreadPoolExecutor thread;

    private Watcher(QueueStore store, MigrationRunner runner, Waker waker, Duration every) {
        this.store = store;
        this.runner = runner;
        this.waker = waker;
        this.every = every;
        this.thread = new ScheduledThreadPoolExecutor(1, work -> DaemonThreads.of("turnasync-watcher", work));
        this.thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    static Watcher start(QueueStore store, MigrationRunner runner, Waker waker, Duration every) {
        var watcher = new Watcher(store, runner, waker, every);
        watcher.thread.execute(watcher::tick);
        return watcher;
    }

    /** Tells the watcher that something may have changed, so that it looks now and a few times soon. */
    public void hint() {
        BURST.forEach(delay -> after(delay, this::look));
    }

    /** Stops looking; whoever is being woken is not disturbed. */
    @Override
    public void close() {
        thread.shutdown();
    }

    private void tick() {
        look();
        var jitter = 0.8 + 0.4 * RandomGenerator.getDefault().nextDouble();
        after((long) (every.toMillis() * jitter), this::tick);
    }

    private void after(long millis, Runnable work) {
        try {
            var unused = thread.schedule(work, millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.log(System.Logger.Level.DEBUG, "the watcher is closed", e);
        }
    }

    private void look() {
        try {
            var glance = store.glance();
            if (glance.headDue() && !glance.leaseLive()) {
                glance.head().filter(runner::has).ifPresent(this::wake);
            }
        } catch (RuntimeException | Error e) {
            LOG.log(System.Logger.Level.WARNING, "the watcher could not look at the queue; it tries again", e);
        }
    }

    private void wake(QueueEntry head) {
        try {
            waker.wake(head);
        } catch (RuntimeException | Error e) {
            LOG.log(System.Logger.Level.WARNING, "nobody could be woken for " + head.label() + "; trying again", e);
        }
    }
}

package dev.turnasync.worker;

import dev.turnasync.api.QueueEntry;
import dev.turnasync.api.Waker;
import dev.turnasync.spi.MigrationRunner;
import dev.turnasync.spi.QueueStore;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the queue and wakes somebody when the head is due, its class is here and no worker holds the lease. So a lost wake-up
 * costs at most one look. It looks
 *
 * <ol>
 *   <li>every so often, with jitter;
 *   <li>at the moment at which the head's backoff ends or the lease of its worker runs out, if nothing changes until then;
 *   <li>after a hint a few times in growing steps, since Flyway's history commits a moment after the entry.
 * </ol>
 *
 * Safe for use by many threads.
 */
public final class Watcher implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(Watcher.class.getName());

    /** The steps between looks after a hint, in milliseconds; Vitess' burst of ticks, begun earlier. */
    private static final List<Long> BURST = List.of(50L, 150L, 300L, 500L, 1_000L, 3_000L, 5_000L, 10_000L);

    /** Watchers that wait for the same moment come one after the other. */
    private static final int SPREAD_MILLIS = 200;

    private final QueueStore store;
    private final MigrationRunner runner;
    private final Waker waker;
    private final WorkerSettings settings;
    private final ScheduledThreadPoolExecutor thread;

    // Of the watcher's own thread.
    private final RepeatedFailure looks = new RepeatedFailure(LOG);
    private final RepeatedFailure wakes = new RepeatedFailure(LOG);
    private int burst = BURST.size();
    private @Nullable ScheduledFuture<?> next;

    private Watcher(QueueStore store, MigrationRunner runner, Waker waker, WorkerSettings settings) {
        this.store = store;
        this.runner = runner;
        this.waker = waker;
        this.settings = settings;
        this.thread = new ScheduledThreadPoolExecutor(
                1, work -> DaemonThreads.of("turnasync-watcher-" + settings.id(), work));
        this.thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        this.thread.setRemoveOnCancelPolicy(true);
    }

    static Watcher start(QueueStore store, MigrationRunner runner, Waker waker, WorkerSettings settings) {
        var watcher = new Watcher(store, runner, waker, settings);
        watcher.thread.execute(watcher::tick);
        return watcher;
    }

    /** Tells the watcher that something may have changed, so that it looks now and a few times soon. */
    public void hint() {
        try {
            thread.execute(() -> {
                burst = 0;
                if (next == null || next.isDone() || next.getDelay(TimeUnit.MILLISECONDS) > BURST.get(0)) {
                    schedule(Optional.empty());
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.log(System.Logger.Level.DEBUG, "the watcher is closed", e);
        }
    }

    /** Stops looking; whoever is being woken is not disturbed. */
    @Override
    public void close() {
        thread.shutdown();
    }

    private void tick() {
        var freeIn = Optional.<Duration>empty();
        try {
            freeIn = look();
        } finally {
            schedule(freeIn); // whatever happened: nobody else would look again
        }
    }

    /** Plans the next look; there is one at a time, however many hints come. */
    private void schedule(Optional<Duration> freeIn) {
        var random = RandomGenerator.getDefault();
        var delay = (long) (settings.watchEvery().toMillis() * (0.8 + 0.4 * random.nextDouble()));
        if (freeIn.isPresent()) {
            delay = Math.min(delay, freeIn.get().toMillis() + random.nextInt(1, SPREAD_MILLIS));
        }
        if (burst < BURST.size()) {
            delay = Math.min(delay, BURST.get(burst++));
        }
        if (next != null) {
            next.cancel(false);
        }
        try {
            next = thread.schedule(this::tick, delay, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.log(System.Logger.Level.DEBUG, "the watcher is closed", e);
        }
    }

    /** Returns how long until the head could be run by somebody else than its present worker; empty when that is now or never. */
    private Optional<Duration> look() {
        try {
            var glance = store.glance();
            looks.worked("the watcher of " + settings.id() + " looks at the queue again");
            var runnable = glance.head().filter(runner::has);
            if (runnable.isEmpty()) {
                return Optional.empty();
            }
            if (glance.freeIn().filter(Duration::isZero).isPresent()) {
                wake(runnable.get());
                glance = store.glance(); // the waker may have run it itself, and left a backoff
            }
            return glance.freeIn().filter(free -> !free.isZero());
        } catch (RuntimeException | Error e) {
            looks.failed("the watcher of " + settings.id() + " could not look at the queue; it tries again", e);
            return Optional.empty();
        }
    }

    private void wake(QueueEntry head) {
        try {
            waker.wake(head);
            wakes.worked("somebody was woken for " + settings.name(head));
        } catch (RuntimeException | Error e) {
            wakes.failed("nobody could be woken for " + settings.name(head) + "; trying again", e);
        }
    }
}

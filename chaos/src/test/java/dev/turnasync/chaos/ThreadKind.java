package dev.turnasync.chaos;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.Waker;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/** Drains on a thread of its own, as a small application would. */
final class ThreadKind implements RunnerKind {

    private static final System.Logger LOG = System.getLogger(ThreadKind.class.getName());

    private final AsyncMigrations async;
    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final AtomicBoolean draining = new AtomicBoolean();
    private final Waker.Watch watch;

    ThreadKind(AsyncMigrations async) {
        this.async = async;
        this.watch = async.watch(head -> wake());
    }

    private void wake() {
        if (draining.compareAndSet(false, true)) {
            try {
                thread.execute(this::drain);
            } catch (RejectedExecutionException e) {
                LOG.log(System.Logger.Level.DEBUG, "stopping", e);
            }
        }
    }

    private void drain() {
        try {
            LOG.log(System.Logger.Level.INFO, "drained: " + async.drain());
        } catch (AsyncMigrationException e) {
            LOG.log(System.Logger.Level.WARNING, "could not drain; the watcher tries again", e);
        } finally {
            draining.set(false);
        }
    }

    @Override
    public void close() {
        watch.close();
        async.close();
        thread.shutdown();
    }
}

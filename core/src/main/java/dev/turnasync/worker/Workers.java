package dev.turnasync.worker;

import dev.turnasync.api.MigrationWorker;
import dev.turnasync.api.Waker;
import dev.turnasync.spi.MigrationRunner;
import dev.turnasync.spi.QueueStore;

/** Builds workers and watchers. */
public final class Workers {

    private Workers() {}

    /**
     * Returns a worker.
     *
     * @param store the queue
     * @param runner the migrations of this node
     * @param settings what it works with
     * @return the worker
     */
    public static MigrationWorker worker(QueueStore store, MigrationRunner runner, WorkerSettings settings) {
        return new QueueWorker(store, runner, settings);
    }

    /**
     * Starts a watcher: a daemon thread that looks at the queue and wakes somebody when there is work that nobody does.
     *
     * @param store the queue
     * @param runner the migrations of this node
     * @param waker whom to wake
     * @param settings how often to look, and for which worker
     * @return the running watcher
     */
    public static Watcher watcher(QueueStore store, MigrationRunner runner, Waker waker, WorkerSettings settings) {
        return Watcher.start(store, runner, waker, settings);
    }
}

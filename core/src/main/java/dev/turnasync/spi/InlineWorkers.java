package dev.turnasync.spi;

import dev.turnasync.api.MigrationListener;
import dev.turnasync.api.MigrationWorker;

/** Makes workers for a {@code migrate} that drains the queue itself. Found through {@link java.util.ServiceLoader}. */
public interface InlineWorkers {

    /**
     * Makes a worker with an id and a lease of its own.
     *
     * @param store the queue
     * @param runner the migrations of this node
     * @param listener hears what the worker does
     * @return the worker; to be closed
     */
    MigrationWorker worker(QueueStore store, MigrationRunner runner, MigrationListener listener);
}

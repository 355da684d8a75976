package dev.turnasync.api;

/**
 * Hands the work to something that drains: a scheduler, a thread. Called by the watcher when the head of the queue is due
 * and no worker holds the lease. May be called more often than needed and must return soon.
 */
@FunctionalInterface
public interface Waker {

    /**
     * Causes a drain to start soon, here or on another node.
     *
     * @param head the entry at the head of the queue
     */
    void wake(QueueEntry head);

    /** Something that goes on until it is closed. */
    @FunctionalInterface
    interface Watch extends AutoCloseable {

        /** Ends it. Never throws. */
        @Override
        void close();
    }
}

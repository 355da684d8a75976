package dev.turnasync.flyway;

import dev.turnasync.resumable.AsyncContext;

/**
 * An async migration whose effects can be taken back. An operator's {@code undo} queues that, and a worker runs {@link #undo} in
 * turn, under the same rules as {@code migrate}: in one transaction when {@code canExecuteInTransaction()} says so, with attempts
 * and checkpoints of its own.
 */
public interface Undoable {

    /**
     * Takes back what {@code migrate} did. Like it, it may be called again after a failure, and finds its own checkpoints.
     *
     * @param context the connection to use, and what a long-running migration needs
     * @throws Exception when it failed
     */
    void undo(AsyncContext context) throws Exception;
}

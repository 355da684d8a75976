package dev.turnasync.spi;

import dev.turnasync.api.QueueEntry;

/** What a run hears from its worker and tells it. Safe for use by many threads. */
public interface RunControl {

    /**
     * Tells whether the run should end at its next transaction.
     *
     * @return true when the worker stops, or an operator paused or cancelled the entry
     */
    boolean stopRequested();

    /**
     * Tells whether the lease was lost, so that nothing may be committed.
     *
     * @return true when the lease is gone
     */
    boolean leaseLost();

    /**
     * Takes how far the run says it is; cheap enough to be called for every row.
     *
     * @param progress how far it is
     */
    void progress(QueueEntry.Progress progress);

    /**
     * Takes a line for the log of the run.
     *
     * @param line the line
     */
    void log(String line);
}

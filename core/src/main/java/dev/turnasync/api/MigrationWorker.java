package dev.turnasync.api;

import java.time.Duration;

/**
 * Drains the queue: takes entries one at a time in the order in which Flyway applied them. However many workers on however
 * many nodes drain at once, one entry runs at a time; the others return at once with
 * {@link DrainResult.StopReason#LEASE_HELD}. Safe for use by many threads; the threads of one worker take
 * turns. Interrupting a thread that drains stops its drain, hands the entry back, and leaves the interrupt set.
 */
public interface MigrationWorker extends AutoCloseable {

    /**
     * Returns the worker's id as it is stored with attempts and leases.
     *
     * @return the id
     */
    String id();

    /**
     * Runs entries until none is due or the queue blocks. A failed migration is an outcome, not an exception.
     *
     * @return what was done and why it ended
     * @throws AsyncMigrationException if the database cannot be reached or its tables do not fit, or if no worker can take the
     *     lease, since its row is lost or it lies in the future, or hold it, since it is too short for the network
     */
    DrainResult drain();

    /**
     * Runs entries as {@link #drain()} does, and waits for what passes by itself: for the lease of another worker, be it dead or
     * at work, for the session of a dead one, for the next attempt or window of the head, and for a database that is away. A
     * next attempt that is due later than that is not waited for. While it waits it holds nothing; {@link #close()} and an
     * interrupt end it at once.
     *
     * @param most how many entries to run at most, at least 1
     * @param wait how long to wait at most in all; the time in which entries run does not count. Zero waits for nothing
     * @return what was done and why it ended: the obstacle where the time was up
     * @throws IllegalArgumentException if {@code most} is less than 1 or {@code wait} is negative
     * @throws AsyncMigrationException if the database cannot be reached when the time is up, or its tables do not fit, or if no
     *     worker can take the lease, since its row is lost or it lies in the future
     */
    DrainResult drain(int most, Duration wait);

    /**
     * Runs the head entry if it is due.
     *
     * @return what was done and why it ended
     * @throws AsyncMigrationException if the database cannot be reached or its tables do not fit, or if no worker can take the
     *     lease, since its row is lost or it lies in the future, or hold it, since it is too short for the network
     */
    DrainResult drainOne();

    /**
     * Runs the head entry even if its backoff has not passed yet: for schedulers that repeat failed attempts at times of
     * their own.
     *
     * @return what was done and why it ended
     * @throws AsyncMigrationException if the database cannot be reached or its tables do not fit, or if no worker can take the
     *     lease, since its row is lost or it lies in the future, or hold it, since it is too short for the network
     */
    DrainResult drainOneNow();

    /**
     * Tells whether a migration of this worker did not return although its session was ended, so that the worker runs nothing until
     * that migration's thread ends; drains return {@link DrainResult.StopReason#HUNG} meanwhile. Where it does not end, only a
     * restart of the process helps.
     *
     * @return true while that thread lives
     */
    boolean isHung();

    /**
     * Asks the worker to stop: the running migration ends at its next transaction, or is cancelled when it does not end
     * within the stop grace, or is abandoned when it does not return at all; the entry goes back to the queue and no attempt is
     * counted. Returns when that is done. Later drains return {@link DrainResult.StopReason#STOPPED}.
     */
    @Override
    void close();
}

package dev.turnasync.api;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The operator's view of one queue. Reads never block a worker, and every change is one guarded statement that is recorded
 * with who did it and why. Safe for use by many threads.
 */
public interface MigrationQueue {

    /**
     * Returns all entries in the order in which they run; entries that are not applied come last.
     *
     * @return the entries; empty when nothing was ever queued
     */
    List<QueueEntry> list();

    /**
     * Finds the newest entry of a migration.
     *
     * @param key a version such as {@code 7} or {@code V7}, or {@code R__} and the description
     * @return the entry; empty when there is none
     */
    Optional<QueueEntry> find(String key);

    /**
     * Returns the attempts at an entry, oldest first.
     *
     * @param entry the entry
     * @return its attempts
     */
    List<Attempt> attempts(QueueEntry entry);

    /**
     * Compares every entry with reality: history, lease, running session, class, indexes. Changes nothing.
     *
     * @return the findings, each with its next step
     */
    QueueReport check();

    /**
     * Queues a FAILED or RETRYABLE entry again, at once, with all its attempts; its checkpoints are kept. For a migration
     * that is applied but has no entry, an entry is made and queued.
     *
     * @param key a version, or {@code R__} and the description
     * @param actor who asks for it
     * @param reason why
     * @return the entry as it is now
     * @throws AsyncMigrationException if there is no such migration or its status does not allow it
     */
    QueueEntry retry(String key, String actor, String reason);

    /**
     * Declares an entry not needed, so that those after it may run. For a migration that is applied but has no entry, an
     * entry is made that says so.
     *
     * @param key a version, or {@code R__} and the description
     * @param actor who asks for it
     * @param reason why, not blank
     * @return the entry as it is now
     * @throws AsyncMigrationException if there is no such migration or its status does not allow it
     */
    QueueEntry skip(String key, String actor, String reason);

    /**
     * Holds an entry back, and with it those after it. A running one ends after its present batch, or comes to its end when it works
     * in one transaction; until then it stays RUNNING.
     *
     * @param key a version, or {@code R__} and the description
     * @param actor who asks for it
     * @param reason why, not blank
     * @return the entry as it is now
     * @throws AsyncMigrationException if there is no such entry or its status does not allow it
     */
    QueueEntry pause(String key, String actor, String reason);

    /**
     * Lets a paused entry go on from where it was. One that was FAILED is FAILED again. A running one that was asked to pause goes on.
     *
     * @param key a version, or {@code R__} and the description
     * @param actor who asks for it
     * @param reason why, not blank
     * @return the entry as it is now
     * @throws AsyncMigrationException if there is no such entry or it is not paused
     */
    QueueEntry resume(String key, String actor, String reason);

    /**
     * Ends a running entry now: its statement is cancelled, and what it had not committed is rolled back. It becomes FAILED and
     * counts no failed attempt; {@link #retry} goes on from its checkpoint, {@link #skip} leaves it.
     *
     * @param key a version, or {@code R__} and the description
     * @param actor who asks for it
     * @param reason why, not blank
     * @return the entry as it is now, which may still be RUNNING for a moment
     * @throws AsyncMigrationException if there is no such entry or it is not running
     */
    QueueEntry cancel(String key, String actor, String reason);

    /**
     * Holds the batches of an entry for a time, now or when it runs; it stays RUNNING and keeps its place. The last word counts.
     *
     * @param key a version, or {@code R__} and the description
     * @param time how long from now on; zero ends it
     * @param actor who asks for it
     * @param reason why, not blank
     * @return the entry as it is now
     * @throws AsyncMigrationException if there is no such entry or it is finished
     */
    QueueEntry throttle(String key, Duration time, String actor, String reason);
}

package dev.turnasync.api;

import java.time.Duration;
import java.util.List;
import java.util.Map;
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
     * Returns the entries that are not finished, and the last ones that are, in the order in which they run. Quick however many
     * finished entries there are.
     *
     * @param finished how many finished entries at most
     * @return the entries
     */
    List<QueueEntry> recent(int finished);

    /**
     * Counts the entries.
     *
     * @return how many there are in each status; nothing for a status without entries
     */
    Map<EntryStatus, Long> count();

    /**
     * Finds the entry that counts for a migration: an undo that is not finished, or else the newest entry that applies it.
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
     * Returns what operators asked of an entry and what is not obeyed yet.
     *
     * @param entry the entry
     * @return the requests, oldest first
     */
    List<QueueEntry.Request> requests(QueueEntry entry);

    /**
     * Returns what people did to a migration: to this entry and to all others of the same key, which are its undo, what was
     * queued before it and what was queued after it.
     *
     * @param entry one of its entries
     * @param most how many at most
     * @return what they did, the newest first
     */
    List<OperatorAction> actions(QueueEntry entry, int most);

    /**
     * Returns what people did to any migration.
     *
     * @param most how many at most
     * @return what they did, the newest first
     */
    List<OperatorAction> actions(int most);

    /**
     * Tells whether a migration is applied and everything queued up to it is finished, as a deploy gate asks. Reads only, and needs
     * only the right to read.
     *
     * @param key a version, async or not, or {@code R__} and the description
     * @return how far it is
     */
    Readiness readiness(String key);

    /**
     * Tells whether everything queued is finished.
     *
     * @return how far it is
     */
    Readiness readiness();

    /**
     * Compares every unfinished entry, and the last finished ones, with reality: history, lease, running session, class, indexes.
     * Changes nothing.
     *
     * @return the findings, each with its next step
     */
    default QueueReport check() {
        return check(Duration.ofMinutes(10));
    }

    /**
     * As {@link #check()}, with a limit of its own for silent runs.
     *
     * @param silence how long a run's session may be idle, with neither a checkpoint nor progress stored, before that is a problem; 10
     *     minutes by default
     * @return the findings, each with its next step
     */
    QueueReport check(Duration silence);

    /**
     * Mends what can be mended without losing or repeating any work: takes over from workers that are gone and queues their entries
     * again, however many workers died over them; adds a missing lease row, ends a lease that lies in the future, retires entries whose place a newer one took, forgets requests to runs that have
     * ended; and wakes the workers. Then checks.
     *
     * @param actor who asks for it
     * @return what was mended, and what is found after it
     */
    QueueReport fix(String actor);

    /**
     * Returns a view whose changes are tried in full, with all their checks, and then rolled back.
     *
     * @return the view; what its changes return is what would be
     */
    MigrationQueue dryRun();

    /**
     * Queues a FAILED or RETRYABLE entry again, at once, with all its attempts; its checkpoints are kept. For one that is UNDONE
     * a new entry is queued, and so for a migration that is applied but has no entry.
     *
     * @param key a version, or {@code R__} and the description
     * @param actor who asks for it
     * @param reason why
     * @return the entry as it is now
     * @throws AsyncMigrationException if there is no such migration or its status does not allow it
     */
    QueueEntry retry(String key, String actor, String reason);

    /**
     * As {@link #retry}, but without its checkpoints and steps, so that it begins anew. Only for a migration that can do all its
     * work a second time.
     *
     * @param key a version, or {@code R__} and the description
     * @param actor who asks for it
     * @param reason why, not blank
     * @return the entry as it is now
     * @throws AsyncMigrationException if there is no such entry or its status does not allow it
     */
    QueueEntry restart(String key, String actor, String reason);

    /**
     * Declares that an entry's effects are in the database already, by whatever way, so that it SUCCEEDED without a run. For a
     * migration that is applied but has no entry, an entry is made that says so.
     *
     * @param key a version, or {@code R__} and the description
     * @param actor who asks for it
     * @param reason why, not blank
     * @return the entry as it is now
     * @throws AsyncMigrationException if there is no such migration or its status does not allow it
     */
    QueueEntry markApplied(String key, String actor, String reason);

    /**
     * Declares an entry not needed, so that those after it may run. For a migration that is applied but has no entry, an
     * entry is made that says so. An entry that Flyway's history does not list is skipped, too; a migrate that applies it later
     * queues it anew.
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
     * @param time how long from now on, at most ten years; zero ends it
     * @param actor who asks for it
     * @param reason why, not blank
     * @return the entry as it is now
     * @throws AsyncMigrationException if there is no such entry or it is finished
     */
    QueueEntry throttle(String key, Duration time, String actor, String reason);

    /**
     * Takes a migration back. An entry that never ran leaves the queue and is UNDONE. For one that SUCCEEDED an entry is queued,
     * at the migration's own place, that runs its {@code undo}; when that has SUCCEEDED, the migration is UNDONE. Flyway's history
     * stays as it is, so that {@code validate} holds.
     *
     * @param key a version, or {@code R__} and the description
     * @param actor who asks for it
     * @param reason why, not blank
     * @return the entry that is UNDONE, or the one that was queued to undo it
     * @throws AsyncMigrationException if there is no such entry, its status does not allow it, or its class is at hand and cannot be
     *     undone
     */
    QueueEntry undo(String key, String actor, String reason);

    /**
     * Marks an UNDONE migration as taken back in Flyway's history too, by a row of type {@code DELETE} as {@code flyway repair}
     * writes it, so that the next {@code migrate} applies it anew. Only where that is safe: for the newest version or a repeatable
     * migration, and while no {@code migrate} works.
     *
     * @param key a version, or {@code R__} and the description
     * @param actor who asks for it
     * @param reason why, not blank
     * @return the entry as it is now
     * @throws AsyncMigrationException if there is no such entry, or it is not safe
     */
    QueueEntry markHistory(String key, String actor, String reason);
}

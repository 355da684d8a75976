package dev.turnasync.spi;

import dev.turnasync.api.Attempt;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.api.RetryPolicy;
import java.util.Map;
import java.util.function.Predicate;

/**
 * A held lease with its own connection. All methods may be called by any thread; they take turns on the connection.
 */
public interface LeaseSession extends AutoCloseable {

    /**
     * Returns the fencing token, which is this lease's alone.
     *
     * @return the token
     */
    LeaseToken token();

    /**
     * Extends the lease by its full length from now, by the database's clock.
     *
     * @return false when the lease was taken over, which is final
     */
    boolean renew();

    /**
     * Returns what a round trip to the database takes on the lease's connection, as it was timed so far.
     *
     * @return the shortest
     */
    RoundTrip roundTrip();

    /**
     * Frees an entry that a dead worker left RUNNING: ends what is left of that worker's database session, closes its
     * attempt as lost, and queues the entry again or, after too many deaths, marks it FAILED.
     *
     * @param policy how many deaths are tolerated
     * @return false when the dead worker's session is still busy and could not be ended
     */
    boolean recover(RetryPolicy policy);

    /**
     * Claims the head of the queue for this session, or tells why it cannot.
     *
     * @param runnable tells whether this node has the entry's class
     * @param ignoreBackoff whether a RETRYABLE head is claimed before it is due
     * @return the claim, or the reason why there is none
     */
    ClaimResult claim(Predicate<QueueEntry> runnable, boolean ignoreBackoff);

    /**
     * Tells what a claim's run committed. Its success is stored only where all of it is still there: a database that is away after
     * the body's end may come back as one that lost the last of it.
     *
     * @param checkpoints the checkpoints that are stored, as far as the run knows; forgotten with the next claim
     */
    void committed(Map<String, String> checkpoints);

    /**
     * Stores how a claimed entry's run ended, in one fenced transaction. When an operator paused or cancelled it meanwhile, an
     * entry that would wait for a worker becomes PAUSED or FAILED instead.
     *
     * @param claim the claim
     * @param settlement the transition to store
     * @return false when the entry is no longer ours to settle
     */
    boolean settle(Claim claim, Settlement settlement);

    /**
     * Settles a claimed entry as {@link #recover} would after this worker's death: queued again or, after too many deaths,
     * FAILED.
     *
     * @param claim the claim
     * @param policy how many deaths are tolerated
     * @param how what the migration did to its worker
     * @return false when the entry is no longer ours to settle
     */
    boolean settleAsDead(Claim claim, RetryPolicy policy, Attempt.Failure how);

    /**
     * Stores how far a run says it is.
     *
     * @param claim the claim
     * @param progress how far it is
     */
    void saveProgress(Claim claim, QueueEntry.Progress progress);

    /**
     * Looks at a run from outside: what operators ask of it, and what its session waits for or builds.
     *
     * @param claim the claim
     * @return what was seen
     */
    Observation observe(Claim claim);

    /**
     * Cancels the statement that the claim's own database session is running, if any.
     *
     * @param claim the claim
     */
    void cancelStatement(Claim claim);

    /**
     * Ends the database session of this lease's runs: a migration gave it back to a pool with the run's settings, or it broke and
     * what is left of it may still be at work on the server.
     *
     * @return false when it is still busy and could not be ended
     */
    boolean endSession();

    /**
     * Tells whether a claim's own run was stored as SUCCEEDED, by a commit whose answer may have been lost.
     *
     * @param claim the claim
     * @return false also when another run of the entry succeeded
     */
    boolean hasSucceeded(Claim claim);

    /** Releases the lease if it is still held, and the connection. Never throws. */
    @Override
    void close();
}

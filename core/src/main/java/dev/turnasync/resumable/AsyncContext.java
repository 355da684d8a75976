package dev.turnasync.resumable;

import dev.turnasync.api.QueueEntry.Progress;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.flywaydb.core.api.migration.Context;
import org.jspecify.annotations.Nullable;

/**
 * What an async migration gets: Flyway's context, plus transactions that are fenced and carry a checkpoint, the checkpoint of
 * the last attempt, a place to report progress, and the helpers {@link #steps()}, {@link #backfill()} and {@link #ddl()}. For
 * use by the migration's own thread.
 *
 * <p>A migration whose {@code canExecuteInTransaction()} is true runs in one fenced transaction, and its changes commit
 * together with the entry's SUCCEEDED. A long migration says false and works in pieces, each an
 * {@link #inTransaction(TransactionWork)} that ends with a checkpoint:
 *
 * <pre>{@code
 * var last = context.checkpoint().map(Long::parseLong).orElse(0L);
 * while (last < max) {
 *     var from = last;
 *     last = context.inTransaction(tx -> {
 *         var to = updateRowsAfter(tx.connection(), from);
 *         tx.checkpoint(Long.toString(to));
 *         return to;
 *     });
 * }
 * }</pre>
 *
 * <p>For most tables {@link #backfill()} does that by itself.
 *
 * <p>The connection, and what comes from it, is lent until the migration returns; then every call on it fails, and a statement that
 * another thread still runs makes the attempt fail. So a migration must wait for the threads that it starts. The connection has
 * all interfaces of the real one; {@code unwrap} leads to its class.
 */
public interface AsyncContext extends Context {

    /** The name of the checkpoint when none is given. */
    String DEFAULT_CHECKPOINT = "main";

    /**
     * Returns the async context of a migration that was written for Flyway's.
     *
     * @param context what Flyway, or a worker, passed to {@code migrate}
     * @return the same object when a worker runs the migration; else one whose checkpoints last until {@code migrate} ends
     */
    static AsyncContext of(Context context) {
        return context instanceof AsyncContext async ? async : new InlineContext(context);
    }

    /**
     * Returns the name of the migration, for messages.
     *
     * @return such as {@code V7 Backfill email domain}
     */
    String label();

    /**
     * Returns which attempt this is.
     *
     * @return the attempt's number, counted from 1 over the entry's whole life
     */
    int attempt();

    /**
     * Returns the checkpoint that was committed last, by this attempt or an earlier one.
     *
     * @return its value; empty when there is none
     */
    default Optional<String> checkpoint() {
        return checkpoint(DEFAULT_CHECKPOINT);
    }

    /**
     * Returns a named checkpoint that was committed last, by this attempt or an earlier one.
     *
     * @param name the checkpoint's name
     * @return its value; empty when there is none
     */
    Optional<String> checkpoint(String name);

    /**
     * Returns the names of all checkpoints that were committed, by this attempt or an earlier one.
     *
     * @return the names
     */
    Set<String> checkpointNames();

    /**
     * Runs work in a transaction of its own that commits the work's changes and checkpoints together, or neither. The
     * transaction begins with the fence: it cannot begin once another worker has taken over, and nobody can take over while
     * it is open.
     *
     * @param work what to do; must use the given connection and neither commit nor roll back
     * @param <T> the type of the result
     * @return what the work returned
     * @throws Exception what the work threw, after a rollback
     * @throws IllegalStateException if the migration runs in one transaction as a whole, or the work ended the transaction by
     *     itself
     * @throws dev.turnasync.api.LeaseLostException if another worker has taken over
     * @throws dev.turnasync.api.WorkerStoppingException if the run was asked to end: the worker stops, or an operator paused
     *     or cancelled the entry
     */
    <T extends @Nullable Object> T inTransaction(TransactionWork<T> work) throws Exception;

    /**
     * Waits, and ends the wait at once when the run is asked to end.
     *
     * @param time how long
     * @throws dev.turnasync.api.LeaseLostException if another worker has taken over
     * @throws dev.turnasync.api.WorkerStoppingException if the run was asked to end, or the thread of {@code migrate} was
     *     interrupted, which it stays
     */
    void await(Duration time);

    /**
     * Reports how far the migration is. Cheap: it is stored at most once a second.
     *
     * @param done units done
     * @param total units in all
     */
    default void progress(long done, long total) {
        report(new Progress(done, total));
    }

    /**
     * Reports how far the migration is, how fast, in which phase, and what it waits for. Cheap: it is stored at most once a
     * second.
     *
     * @param progress how far it is
     */
    void report(Progress progress);

    /**
     * Writes a line to the log of the run: to the application's log, and to the scheduler's page where it has one.
     *
     * @param line one line, without a line break
     */
    void log(String line);

    /**
     * Leaves a warning with this attempt, for the author or an operator to look at. It changes nothing else.
     *
     * @param warning what should be looked at
     */
    void warn(String warning);

    /**
     * Tells whether the migration should end soon. One that works with {@link #inTransaction} need not ask.
     *
     * @return true when the worker stops or has lost its lease, or an operator paused or cancelled the entry
     */
    boolean stopRequested();

    /**
     * Tells whether an operator held the migration's pace down when the last transaction began. {@link Backfill} asks in each
     * batch.
     *
     * @return who, why and until when; empty when nobody does
     */
    Optional<String> heldBy();

    /**
     * Opens another session of this run, for work side by side, with the same fence and the same checkpoints. It takes one
     * more connection of the worker's pool, has none of the settings that the migration made in its own session, and ends with
     * the run.
     *
     * @return the session; empty when there is no connection to be had, or when {@code migrate} runs the migration itself
     * @throws IllegalStateException if the migration runs in one transaction as a whole
     */
    Optional<Fork> fork();

    /**
     * Returns the named steps of this migration, each of which runs once over all its attempts.
     *
     * @return the same object for the whole attempt
     */
    Steps steps();

    /**
     * Returns the schema changes that hold no lock for long, of a migration whose {@code canExecuteInTransaction()} is false.
     *
     * @return a new object for this run
     */
    default Ddl ddl() {
        return Ddl.in(this);
    }

    /**
     * Begins a change of many rows in batches.
     *
     * @return a backfill with default options
     */
    default Backfill backfill() {
        return Backfill.in(this);
    }

    /**
     * Another session of the same run. For use by one thread at a time.
     */
    interface Fork extends AutoCloseable {

        /**
         * Runs work in a transaction of its own in this session.
         *
         * @param work what to do
         * @param <T> the type of the result
         * @return what the work returned
         * @throws Exception as {@link AsyncContext#inTransaction} does
         */
        <T extends @Nullable Object> T inTransaction(TransactionWork<T> work) throws Exception;

        /** Gives the session back. Never throws. */
        @Override
        void close();
    }

    /**
     * Work in a fenced transaction.
     *
     * @param <T> the type of the result
     */
    @FunctionalInterface
    interface TransactionWork<T extends @Nullable Object> {

        /**
         * Does the work.
         *
         * @param transaction the open transaction
         * @return the result
         * @throws Exception any error; the transaction is rolled back
         */
        T run(FencedTransaction transaction) throws Exception;
    }
}

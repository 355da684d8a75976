package dev.turnasync.flyway;

import java.util.Optional;
import org.flywaydb.core.api.migration.Context;
import org.jspecify.annotations.Nullable;

/**
 * What an async migration gets: Flyway's context, plus transactions that are fenced and carry a checkpoint, the checkpoint of
 * the last attempt, and a place to report progress. For use by the migration's own thread.
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
     * @throws dev.turnasync.api.WorkerStoppingException if the worker was asked to stop
     */
    <T extends @Nullable Object> T inTransaction(TransactionWork<T> work) throws Exception;

    /**
     * Reports how far the migration is. Cheap: it is stored at most once a second.
     *
     * @param done units done
     * @param total units in all
     */
    void progress(long done, long total);

    /**
     * Tells whether the migration should end soon. One that works with {@link #inTransaction} need not ask.
     *
     * @return true when the worker stops or has lost its lease
     */
    boolean stopRequested();

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

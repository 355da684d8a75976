package dev.turnasync.resumable;

import dev.turnasync.jdbc.Jdbc;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * The rows that Java code of a {@link Backfill} changes in one transaction. Its changes, and the place where the backfill goes on,
 * commit together. Valid until the work that got it returns; for use by that thread.
 */
public interface Batch {

    /**
     * Returns the connection. The work must neither commit nor roll back.
     *
     * @return the connection, in the batch's transaction
     */
    Connection connection();

    /**
     * Returns the condition that picks the batch's rows, for a {@code WHERE}: the range of keys, and the backfill's own
     * {@code where(…)}. It holds no parameters.
     *
     * @return such as {@code ("id") > ('100'::bigint) AND ("id") <= ('200'::bigint) AND (domain IS NULL)}
     */
    String condition();

    /**
     * Returns the range of keys alone, for statements that know the table by an alias.
     *
     * @param alias the alias, unquoted SQL of the author
     * @return such as {@code (o."id") > ('100'::bigint) AND (o."id") <= ('200'::bigint)}
     */
    String range(String alias);

    /**
     * Returns how many rows the range had when it was cut; with {@code where(…)} fewer may match.
     *
     * @return the number of rows; an estimate for a table without a key
     */
    long size();

    /**
     * Reads the batch's rows in the order of the key, locked until the batch commits.
     *
     * @param columns the columns, as SQL, such as {@code id, email}
     * @param row maps each row
     * @param <T> what a row becomes
     * @return the rows; all in memory, so at most {@link #size()}
     * @throws SQLException if the database refuses
     */
    <T> List<T> select(String columns, Jdbc.Row<T> row) throws SQLException;

    /** What is done with a batch. */
    @FunctionalInterface
    interface Work {

        /**
         * Changes the batch's rows, and not their key. May be called again for the same rows when its transaction was rolled back:
         * after a crash, and when the application deletes some of them meanwhile; with fewer of them after a timeout, a lock that was
         * held, or the end of the memory.
         *
         * @param batch the rows
         * @throws Exception any error; the batch is rolled back
         */
        void run(Batch batch) throws Exception;
    }
}

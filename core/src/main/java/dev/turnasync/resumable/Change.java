package dev.turnasync.resumable;

import dev.turnasync.resumable.Slices.Slice;
import java.sql.Connection;
import java.sql.SQLException;

/** What a backfill does with the rows of a page. */
interface Change {

    /**
     * Changes the rows of a page.
     *
     * @param connection the connection, in the batch's transaction
     * @param cut the page and what is needed to find its rows
     * @param deferred lets deferred triggers do their work, which may change the rows; called before the rows are looked at
     * @return how many rows were changed
     */
    long apply(Connection connection, Cut cut, Deferred deferred) throws Exception;

    /** What waits for the commit, and is done before it. */
    @FunctionalInterface
    interface Deferred {
        void run() throws SQLException;
    }

    /** Whether it changes rows of this database alone, by one statement: then it may be repeated with fewer rows to find a bad one. */
    boolean isStatement();

    /** Lets the server plan what is done: an error that comes here comes for all rows. Java code has nothing to plan. */
    default void plan(Connection connection, Cut cut) throws SQLException {}

    /**
     * A page of a table.
     *
     * @param table the table
     * @param paging how it is cut
     * @param page the page
     * @param slice the slice it is of, as it was when this attempt began
     */
    record Cut(TargetTable table, Paging paging, Page page, Slice slice) {}
}

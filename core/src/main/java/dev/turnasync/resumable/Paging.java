package dev.turnasync.resumable;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Cuts a table into pages. Stateless; every call works on the connection it is given. */
interface Paging {

    /** The range of a slice that is still to be done. */
    record Rest(@Nullable Cursor after, Cursor end) {}

    /**
     * Cuts the next page off a rest.
     *
     * @param connection a connection, in the batch's transaction
     * @param rest what is still to be done
     * @param size how many rows it should have
     * @return the page
     */
    Page next(Connection connection, Rest rest, long size) throws SQLException;

    /**
     * Returns the condition that picks the rows of a page.
     *
     * @param page the page
     * @param alias what the columns are qualified with, including the dot; may be empty
     */
    String condition(Page page, String alias);

    /** Reads a cursor that was stored. */
    Cursor read(Connection connection, String json) throws SQLException;

    /** Returns at most {@code parts - 1} places, in order, that cut the table into parts of about one size. */
    List<Cursor> split(Connection connection, int parts) throws SQLException;

    /** Returns where the table ends now; empty when it has no rows. */
    Optional<Cursor> end(Connection connection) throws SQLException;

    /** Returns the place before the first row that matches a condition. */
    Optional<Cursor> firstMatch(Connection connection, String where) throws SQLException;

    /** Returns what the order relies on, by name, besides the table and the key. */
    Map<String, String> facts();

    /** Returns the columns of the key, unquoted; none for blocks. */
    List<String> key();

    /** Returns the types of the key, as an array literal of object ids. */
    String types();

    /** Returns how the rows are named in messages: their key columns. */
    String describe();

    /** Returns how the row is named at which a page ends. */
    String last(Page page);

    /** Returns the clause that orders the rows of a page. */
    String order();

    /** Fails when rows have no place in the order, and would be left out. */
    void requireAllPlaced(Connection connection) throws SQLException;
}

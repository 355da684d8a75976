package dev.turnasync.resumable;

import dev.turnasync.jdbc.Jdbc;
import java.sql.Connection;
import java.sql.SQLException;

/** Changes rows by one UPDATE. For use by one lane. */
final class SqlChange implements Change {

    private final String set;
    private final String where;
    private volatile boolean keepsKeys;

    SqlChange(String set, String where) {
        this.set = set;
        this.where = where;
    }

    @Override
    public void plan(Connection connection, Cut cut) throws SQLException {
        Jdbc.list(connection, "EXPLAIN " + update(cut), row -> true);
    }

    /** Line breaks end a comment that the author's SQL may end with, which would swallow what follows. */
    private String update(Cut cut) {
        return "UPDATE " + cut.table().name() + " SET " + set + "\nWHERE "
                + cut.paging().condition(cut.page(), "")
                + (where.isBlank() ? "" : " AND (" + where + "\n)");
    }

    @Override
    public long apply(Connection connection, Cut cut) throws SQLException {
        var page = cut.paging().condition(cut.page(), "");
        var update = update(cut);
        return keepsKeys ? Jdbc.update(connection, update) : checked(connection, cut, update + " RETURNING " + page);
    }

    /** How many rows changed, and how many of them are no longer where they were. */
    private record Changed(long rows, long moved) {}

    /**
     * A change of the key would let rows come by again, or be left out. Looked for in every batch when set(…) names a column of the key;
     * else in the first one that changes rows, for the sake of triggers.
     */
    private long checked(Connection connection, Cut cut, String update) throws SQLException {
        var changed = Jdbc.first(
                        connection,
                        "WITH changed (stays) AS (" + update
                                + ") SELECT count(*), count(*) FILTER (WHERE stays IS NOT TRUE) FROM changed",
                        row -> new Changed(row.getLong(1), row.getLong(2)))
                .orElseThrow();
        if (cut.paging() instanceof KeyPaging && changed.moved() > 0) {
            throw Refusal.of(
                    "set(…) changes the key " + cut.paging().describe() + " of "
                            + cut.table().name()
                            + ", by which the backfill finds its way. Key by other columns, or change that one without a backfill.");
        }
        keepsKeys = changed.rows() > 0 && !(cut.paging() instanceof KeyPaging key && key.isNamedIn(set));
        return changed.rows();
    }

    @Override
    public boolean isStatement() {
        return true;
    }
}

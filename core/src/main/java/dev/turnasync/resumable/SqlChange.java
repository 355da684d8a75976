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

    /** Line breaks end a comment that the author's SQL may end with, which would swallow what follows. */
    @Override
    public long apply(Connection connection, Cut cut) throws SQLException {
        var page = cut.paging().condition(cut.page(), "");
        var update = "UPDATE " + cut.table().name() + " SET " + set + "\nWHERE " + page
                + (where.isBlank() ? "" : " AND (" + where + "\n)");
        return keepsKeys ? Jdbc.update(connection, update) : checked(connection, cut, update + " RETURNING " + page);
    }

    /** A change of the key would let rows come by again, or be left out. Seen in the first batch that changes rows. */
    private long checked(Connection connection, Cut cut, String update) throws SQLException {
        var stays = Jdbc.list(connection, update, row -> row.getBoolean(1));
        if (cut.paging() instanceof KeyPaging && stays.contains(false)) {
            throw Refusal.of(
                    "set(…) changes the key " + cut.paging().describe() + " of "
                            + cut.table().name()
                            + ", by which the backfill finds its way. Key by other columns, or change that one without a backfill.");
        }
        keepsKeys = !stays.isEmpty();
        return stays.size();
    }

    @Override
    public boolean isStatement() {
        return true;
    }
}

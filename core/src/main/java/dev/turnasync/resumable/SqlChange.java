package dev.turnasync.resumable;

import dev.turnasync.jdbc.Jdbc;
import java.sql.Connection;
import java.sql.SQLException;

/** Changes rows by one UPDATE. */
record SqlChange(String set, String where) implements Change {

    @Override
    public long apply(Connection connection, Cut cut) throws SQLException {
        var filter = where.isBlank() ? "" : " AND (" + where + ")";
        return Jdbc.update(
                connection,
                "UPDATE " + cut.table().name() + " SET " + set + " WHERE "
                        + cut.paging().condition(cut.page(), "") + filter);
    }

    @Override
    public boolean isStatement() {
        return true;
    }
}

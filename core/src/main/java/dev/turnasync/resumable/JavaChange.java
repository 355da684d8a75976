package dev.turnasync.resumable;

import dev.turnasync.jdbc.Jdbc;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Changes rows by an author's Java code. */
record JavaChange(Batch.Work work, KeyWatch watch, String where) implements Change {

    @Override
    public long apply(Connection connection, Cut cut, Deferred deferred) throws Exception {
        var before = cut.paging() instanceof KeyPaging ? watch.before(connection, cut) : null;
        work.run(new Rows(connection, cut, where));
        deferred.run();
        if (before != null) {
            watch.after(connection, cut, before, 0);
        }
        return cut.page().rows();
    }

    @Override
    public boolean isStatement() {
        return false;
    }

    private record Rows(Connection connection, Cut cut, String where) implements Batch {

        @Override
        public String condition() {
            var range = cut.paging().condition(cut.page(), "");
            return where.isBlank() ? range : range + " AND (" + where + "\n)";
        }

        @Override
        public String range(String alias) {
            return cut.paging().condition(cut.page(), alias + ".");
        }

        @Override
        public long size() {
            return cut.page().rows();
        }

        @Override
        public <T> List<T> select(String columns, Jdbc.Row<T> row) throws SQLException {
            return Jdbc.list(
                    connection,
                    "SELECT " + columns + " FROM " + cut.table().name() + " WHERE " + condition()
                            + cut.paging().order() + " FOR NO KEY UPDATE",
                    row);
        }
    }
}

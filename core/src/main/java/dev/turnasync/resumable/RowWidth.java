package dev.turnasync.resumable;

import dev.turnasync.jdbc.Jdbc;
import java.sql.Connection;
import java.sql.SQLException;

/** How many rows of a table find room in memory, as far as the catalog knows; what it does not know shows when there is none left. */
final class RowWidth {

    /** A batch may have so much, or a sixteenth of the heap where that is less: the driver and the author's objects hold rows, too. */
    private static final long BUDGET = 64L << 20;

    private static final int SHARE_OF_HEAP = 16;

    /**
     * How many rows find room.
     *
     * @param first in the first batch
     * @param most in any batch
     */
    record Room(long first, long most) {
        static final Room UNKNOWN = new Room(Long.MAX_VALUE, Long.MAX_VALUE);
    }

    private RowWidth() {}

    /** Rows pass through this process when Java code changes them; a statement changes them where they are, and may find its own size. */
    static Room room(Connection connection, TargetTable table, Change change) throws SQLException {
        var rows = table.estimate(connection);
        var bytes = size(connection, table);
        if (rows < 1 || bytes < 1) {
            return Room.UNKNOWN;
        }
        var budget = Math.min(BUDGET, Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP);
        var fit = Math.max(1, budget / Math.max(1, bytes / rows));
        return new Room(fit, change.isStatement() ? Long.MAX_VALUE : fit);
    }

    /** With what is stored outside of the rows, and all partitions. */
    private static long size(Connection connection, TargetTable table) throws SQLException {
        return Jdbc.first(connection, """
                        SELECT COALESCE(sum(pg_table_size(relid)), pg_table_size(CAST(? AS OID)), 0)
                        FROM pg_catalog.pg_partition_tree(CAST(CAST(? AS OID) AS REGCLASS))""", row -> row.getLong(1), table.oid(), table.oid())
                .orElse(0L);
    }
}

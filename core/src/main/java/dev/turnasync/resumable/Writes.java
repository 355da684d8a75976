package dev.turnasync.resumable;

import dev.turnasync.jdbc.Jdbc;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * How many rows of a table this transaction has written, as the server counts them. The counters also hold what transactions before
 * it wrote and did not report yet, so only what is added counts.
 *
 * @param inserted rows inserted
 * @param updated rows updated
 * @param hot updates that changed no indexed column
 * @param deleted rows deleted; of a partitioned table also those that an update moved to another partition, inserted there
 * @param counted whether the server counts
 */
record Writes(long inserted, long updated, long hot, long deleted, boolean counted) {

    /** The transaction's id is asked for first: {@code age()} counts from it. */
    private static final String COUNTERS = """
            SELECT pg_current_xact_id(), sum(pg_stat_get_xact_tuples_inserted(relid)), sum(pg_stat_get_xact_tuples_updated(relid)),
                sum(pg_stat_get_xact_tuples_hot_updated(relid)), sum(pg_stat_get_xact_tuples_deleted(relid)),
                current_setting('track_counts')::boolean
            FROM (SELECT CAST(? AS oid) AS relid UNION SELECT relid FROM pg_catalog.pg_partition_tree(CAST(? AS oid))) AS tables""";

    static Writes of(Connection connection, TargetTable table) throws SQLException {
        return Jdbc.first(
                        connection,
                        COUNTERS,
                        row -> new Writes(
                                row.getLong(2), row.getLong(3), row.getLong(4), row.getLong(5), row.getBoolean(6)),
                        table.oid(),
                        table.oid())
                .orElseThrow();
    }

    Writes since(Writes before) {
        return new Writes(
                inserted - before.inserted,
                updated - before.updated,
                hot - before.hot,
                deleted - before.deleted,
                counted && before.counted);
    }

    /** Whether these are just so many updates within a partition. */
    boolean areUpdatesOf(long rows) {
        return counted && updated == rows && inserted == 0 && deleted == 0;
    }

    /** Whether rows were written more than once, or others than so many. */
    boolean areMoreThan(long rows) {
        return counted && inserted + updated > rows;
    }

    /** Whether no update can have changed an indexed column, nor moved a row to another partition. */
    boolean keepKeys() {
        return counted && updated == hot && Math.min(inserted, deleted) == 0;
    }
}

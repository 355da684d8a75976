package dev.turnasync.resumable;

import dev.turnasync.jdbc.Jdbc;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * What the server does to rows before it updates them, and may change their keys. What updates them afterwards is watched by what it wrote.
 *
 * @param rowTriggers whether some change the row before it is written
 * @param rule a rule that rewrites updates of the table; null when there is none
 */
record Movers(boolean rowTriggers, @Nullable String rule) {

    /** By {@code tgtype}: 1 is for each row, 2 before, 16 on update. Those of foreign keys are the server's own. */
    private static final String TRIGGERS = """
            SELECT COALESCE(bool_or(t.tgtype & 3 = 3), FALSE), (
                SELECT min(r.rulename)
                FROM pg_catalog.pg_rewrite r
                WHERE r.ev_class = CAST(? AS oid) AND r.ev_type = '2' AND r.ev_enabled IN ('A',
                    CASE current_setting('session_replication_role') WHEN 'replica' THEN 'R' ELSE 'O' END))
            FROM pg_catalog.pg_trigger t
            WHERE t.tgtype & 16 = 16 AND NOT t.tgisinternal AND t.tgenabled <> 'D'
                AND (t.tgrelid = CAST(? AS oid)
                    OR t.tgrelid IN (SELECT relid FROM pg_catalog.pg_partition_tree(CAST(? AS oid)) WHERE ?))""";

    static Movers of(Connection connection, TargetTable table) throws SQLException {
        return Jdbc.first(
                        connection,
                        TRIGGERS,
                        row -> new Movers(row.getBoolean(1), row.getString(2)),
                        table.oid(),
                        table.oid(),
                        table.oid(),
                        table.partitioned())
                .orElseThrow();
    }

    /** An update that was rewritten may change other rows, or none. */
    void requireNoRule(TargetTable table) {
        if (rule != null) {
            throw Refusal.of(
                    table.name() + " has the rule " + rule + " ON UPDATE, which rewrites what set(…) does. Replace it"
                            + " by a trigger, disable it for the time of the backfill, or change the rows by run(batch -> …).");
        }
    }

    /** Whether a batch that was prepared for these was prepared for those. */
    boolean covers(Movers those) {
        return rowTriggers || !those.rowTriggers;
    }
}

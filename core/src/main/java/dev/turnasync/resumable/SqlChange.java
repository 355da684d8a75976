package dev.turnasync.resumable;

import dev.turnasync.jdbc.Jdbc;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Changes rows by one UPDATE. A change of the key would let rows come by again, or be left out. Every batch looks whether anything can
 * change it; where something can, the rows tell themselves whether they stay. Safe for use by several lanes.
 */
final class SqlChange implements Change {

    private final String set;
    private final String where;
    private final KeyWatch watch;
    private volatile @Nullable Movers known;

    SqlChange(String set, String where, Consumer<String> warning) {
        this.set = set;
        this.where = where;
        this.watch = new KeyWatch(where, warning);
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

    /**
     * Nobody can add a trigger between the update and the look at the triggers, since the update's lock on the table forbids it.
     */
    @Override
    public long apply(Connection connection, Cut cut, Deferred deferred) throws Exception {
        var update = update(cut);
        var last = known;
        var assumed = last == null ? Movers.of(connection, cut.table()) : last;
        assumed.requireNoRule(cut.table());
        var key = cut.paging() instanceof KeyPaging keyed ? keyed : null;
        var before = key != null ? watch.before(connection, cut) : null;
        var rows = key != null && (assumed.rowTriggers() || key.isGenerated() || key.isNamedIn(set))
                ? checked(connection, cut, update + " RETURNING " + cut.paging().condition(cut.page(), ""))
                : Jdbc.update(connection, update);
        deferred.run();
        var now = Movers.of(connection, cut.table());
        known = now;
        now.requireNoRule(cut.table());
        if (!assumed.covers(now)) {
            throw new RepeatException("there is a trigger that may change the key");
        }
        if (before != null) {
            watch.after(connection, cut, before, rows);
        }
        return rows;
    }

    /** How many rows changed, and how many of them are no longer where they were. */
    private record Changed(long rows, long moved) {}

    private static long checked(Connection connection, Cut cut, String update) throws SQLException {
        var changed = Jdbc.first(
                        connection,
                        "WITH changed (stays) AS (" + update
                                + ") SELECT count(*), count(*) FILTER (WHERE stays IS NOT TRUE) FROM changed",
                        row -> new Changed(row.getLong(1), row.getLong(2)))
                .orElseThrow();
        if (changed.moved() > 0) {
            throw Refusal.of("set(…) changes the key " + cut.paging().describe() + " of "
                    + cut.table().name()
                    + ", or a trigger or a generated column does, and by that key the backfill finds its way. Key by other"
                    + " columns, or change that one without a backfill.");
        }
        return changed.rows();
    }

    @Override
    public boolean isStatement() {
        return true;
    }
}

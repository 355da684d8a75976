package dev.turnasync.resumable;

import dev.turnasync.jdbc.Jdbc;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * Proves that a batch has left its rows where they were, whatever code and triggers did: a row whose key was moved ahead would come by
 * again. The server's counters tell when no key can have changed. Else the rows of the page are counted; when some are missing, the
 * application may have deleted them, so the batch is repeated, and this time and from then on its rows are locked first. Those that
 * are missing then were moved by the batch itself, and rows of this transaction are looked for ahead. Safe for use by several lanes.
 */
final class KeyWatch {

    /** Rows that this transaction wrote, also in subtransactions: younger than it, and not committed. */
    private static final String OURS = """
            (age(xmin) = 0 OR age(xmin) < 0 AND pg_xact_status(CAST(CAST(
                CAST(CAST(pg_current_xact_id() AS text) AS bigint) - age(xmin) AS text) AS xid8)) = 'in progress')""";

    private final String where;
    private volatile boolean locking;

    /**
     * Creates a watch.
     *
     * @param where which rows are changed; others may lie ahead, since they are passed by
     */
    KeyWatch(String where) {
        this.where = where;
    }

    /** What was there before the work. */
    record Before(long rows, Writes writes, boolean locked) {}

    /** Call it before the work. */
    Before before(Connection connection, Change.Cut cut) throws SQLException {
        var locked = locking;
        var rows = locked
                ? count(connection, "(SELECT FROM " + inRange(cut) + " FOR NO KEY UPDATE) AS page", "*")
                : cut.page().rows();
        return new Before(rows, Writes.of(connection, cut.table()), locked);
    }

    /** Fails when the work has moved rows ahead; call it after the work. */
    void after(Connection connection, Change.Cut cut, Before before) throws Exception {
        if (cut.page().upTo().json().equals(cut.walkEnd().json())) {
            return; // nothing is ahead
        }
        var writes = Writes.of(connection, cut.table()).since(before.writes());
        if (writes.keepKeys() || !areMissing(connection, cut, before, writes)) {
            return;
        }
        if (!before.locked()) {
            locking = true;
            throw new RepeatException("rows of the batch are gone, by whomever");
        }
        var ahead = ahead(connection, cut);
        if (ahead > 0 && (cut.table().partitioned() || ahead > writes.inserted())) {
            throw Refusal.of(
                    "rows that a batch changed got another key " + cut.paging().describe() + " of "
                            + cut.table().name()
                            + " and lie ahead of it, where the backfill would come by and change them again. Let"
                            + " neither its code nor a trigger change the key, or key by other columns.");
        }
    }

    /** Rows of younger transactions do not count, or they would stand in for those that are missing; locked rows have none. */
    private static boolean areMissing(Connection connection, Change.Cut cut, Before before, Writes writes)
            throws SQLException {
        var gone = cut.table().partitioned() ? Math.max(0, writes.deleted() - writes.inserted()) : writes.deleted();
        return count(
                        connection,
                        inRange(cut),
                        "*) FILTER (WHERE " + (before.locked() ? "age(xmin) > 0 OR " + OURS : "age(xmin) >= 0"))
                < before.rows() - gone;
    }

    private long ahead(Connection connection, Change.Cut cut) throws SQLException {
        var rest = cut.paging().condition(new Page(cut.page().upTo(), cut.walkEnd(), 0, true), "");
        return count(
                connection,
                cut.table().name() + " WHERE " + rest + " AND " + OURS
                        + (where.isBlank() ? "" : " AND (" + where + "\n)"),
                "*");
    }

    private static String inRange(Change.Cut cut) {
        return cut.table().name() + " WHERE " + cut.paging().condition(cut.page(), "");
    }

    private static long count(Connection connection, String from, String what) throws SQLException {
        return Jdbc.first(connection, "SELECT count(" + what + ") FROM " + from, row -> row.getLong(1))
                .orElse(0L);
    }
}

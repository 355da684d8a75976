package dev.turnasync.resumable;

import dev.turnasync.jdbc.Jdbc;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Proves that a batch has moved no row to where the backfill will come by, whatever code, triggers and foreign keys did.
 *
 * <ol>
 *   <li>The server's counters tell when no key can have changed, or when nothing but the batch's own statement wrote.
 *   <li>Else the rows of the page are counted. When some are missing, the application may have deleted them, so the batch is repeated,
 *       and this time and from then on its rows are locked first. When none is, and the transaction wrote no more than them, that is all.
 *   <li>Else rows that this transaction wrote are looked for where the backfill will come by, by reading the table; their keys are
 *       remembered, and the batch is repeated. Those of them that no row had before it were moved there.
 * </ol>
 *
 * <p>A table may be too large to be read in each batch that writes more than its page; that is done without, and said. Safe for use by
 * several lanes.
 */
final class KeyWatch {

    /** Rows that this transaction wrote, also in subtransactions: younger than it, and not committed. */
    private static final String OURS = """
            (age(xmin) = 0 OR age(xmin) < 0 AND pg_xact_status(CAST(CAST(
                CAST(CAST(pg_current_xact_id() AS text) AS bigint) - age(xmin) AS text) AS xid8)) = 'in progress')""";

    /** Rows of transactions before this one, and its own. */
    private static final String NOT_YOUNGER = "(age(xmin) > 0 OR " + OURS + ")";

    private static final String SIZE = """
            SELECT sum(pg_relation_size(relid))
            FROM (SELECT CAST(? AS oid) AS relid UNION SELECT relid FROM pg_catalog.pg_partition_tree(CAST(? AS oid))) AS tables""";

    /** A table of that size is read in some tenths of a second. */
    private static final long LARGE = 64L << 20;

    /** The first ones by key tell enough. */
    private static final int MOST_SUSPECTS = 1_000;

    /** Code that writes other rows each time is judged by those it has written before. */
    private static final int TRIES = 3;

    private final String where;
    private final Consumer<String> warning;
    private final Map<String, Suspects> suspects = new ConcurrentHashMap<>();
    private final AtomicBoolean warned = new AtomicBoolean();
    private volatile boolean locking;

    /**
     * Creates a watch.
     *
     * @param where which rows are changed; others may lie ahead, since they are passed by
     * @param warning takes what could not be watched
     */
    KeyWatch(String where, Consumer<String> warning) {
        this.where = where;
        this.warning = warning;
    }

    /** Keys outside of a page that batches wrote and that were rolled back. */
    private record Suspects(@Nullable Cursor after, Map<String, Cursor> keys, int tries) {}

    /** What was there before the work; of the suspects those that are there anyway. */
    record Before(long rows, Writes writes, boolean locked, Set<String> there) {}

    /** Call it before the work. */
    Before before(Connection connection, Change.Cut cut) throws SQLException {
        var locked = locking;
        var rows = locked
                ? count(
                        connection,
                        "(SELECT xmin FROM " + inRange(cut) + " FOR NO KEY UPDATE) AS page",
                        "*) FILTER (WHERE " + NOT_YOUNGER)
                : cut.page().rows();
        return new Before(
                rows,
                Writes.of(connection, cut.table()),
                locked,
                keyed(cut).present(connection, suspects(cut).keys().values()));
    }

    /**
     * Fails when the work has moved rows where the backfill will come by; call it after the work.
     *
     * @param own how many rows a statement updated that moves none; 0 when there is no such statement
     */
    void after(Connection connection, Change.Cut cut, Before before, long own) throws Exception {
        var writes = Writes.of(connection, cut.table()).since(before.writes());
        if (writes.keepKeys() || writes.areUpdatesOf(own) || isLast(cut)) {
            return;
        }
        var found = found(connection, cut, before.locked());
        if (found.rows() < before.rows() - gone(cut, writes)) {
            if (!before.locked()) {
                locking = true;
                throw new RepeatException("rows of the batch are gone, by whomever");
            }
        } else if (!writes.areMoreThan(found.ours()) || isTooLarge(connection, cut)) {
            return;
        }
        requireNoneMoved(connection, cut, before, writes);
    }

    /** Whether the backfill will come by nowhere after this page. */
    private static boolean isLast(Change.Cut cut) {
        return cut.slice().sole()
                && cut.page().upTo().json().equals(cut.slice().walkEnd().json());
    }

    private static long gone(Change.Cut cut, Writes writes) {
        return cut.table().partitioned() ? Math.max(0, writes.deleted() - writes.inserted()) : writes.deleted();
    }

    private void requireNoneMoved(Connection connection, Change.Cut cut, Before before, Writes writes)
            throws Exception {
        var known = suspects(cut);
        var written = new HashMap<String, Cursor>();
        keyed(cut).first(connection, elsewhere(cut), MOST_SUSPECTS).forEach(key -> written.put(key.json(), key));
        if (!known.keys().keySet().containsAll(written.keySet()) && known.tries() < TRIES) {
            written.putAll(known.keys());
            suspects.put(cut.slice().key(), new Suspects(cut.page().after(), written, known.tries() + 1));
            throw new RepeatException("rows outside of the batch were written, and may have been moved there");
        }
        written.keySet().retainAll(known.keys().keySet());
        written.keySet().removeAll(before.there());
        var inserted = writes.inserted() - (cut.table().partitioned() ? writes.deleted() : 0);
        if (written.size() > Math.max(0, inserted)) {
            throw Refusal.of(
                    "rows that a batch changed got another key " + cut.paging().describe() + " of "
                            + cut.table().name() + ", such as "
                            + written.values().iterator().next().literal()
                            + ", where the backfill would come by and change them again. Let neither its code, nor a trigger, nor"
                            + " a foreign key ON UPDATE CASCADE change the key, or key by other columns.");
        }
    }

    private Suspects suspects(Change.Cut cut) {
        var known = suspects.get(cut.slice().key());
        return known == null || !Objects.equals(known.after(), cut.page().after())
                ? new Suspects(null, Map.of(), 0)
                : known;
    }

    /** Rows that this transaction wrote where the backfill will come by; before the page only if another lane may be there. */
    private String elsewhere(Change.Cut cut) {
        var end = cut.slice().walkEnd();
        return (cut.slice().sole()
                        ? cut.paging().condition(new Page(cut.page().upTo(), end, 0, true), "")
                        : cut.paging().condition(new Page(null, end, 0, true), "") + " AND NOT ("
                                + cut.paging().condition(cut.page(), "") + ")")
                + " AND " + OURS
                + (where.isBlank() ? "" : " AND (" + where + "\n)");
    }

    private boolean isTooLarge(Connection connection, Change.Cut cut) throws SQLException {
        var size = Jdbc.first(
                        connection,
                        SIZE,
                        row -> row.getLong(1),
                        cut.table().oid(),
                        cut.table().oid())
                .orElse(0L);
        if (size > LARGE && warned.compareAndSet(false, true)) {
            warning.accept("batches over " + cut.table().name()
                    + " write rows more than once, or others than theirs, by code, a trigger or a foreign key. The table is too"
                    + " large to look each time whether that moves rows to another key "
                    + cut.paging().describe()
                    + ", which would be changed twice. Make sure that it does not.");
        }
        return size > LARGE;
    }

    /** The rows of a page, and how many of them this transaction wrote. */
    private record Found(long rows, long ours) {}

    /** Rows of younger transactions do not count, or they would stand in for those that are missing. */
    private static Found found(Connection connection, Change.Cut cut, boolean locked) throws SQLException {
        return Jdbc.first(
                        connection,
                        "SELECT count(*) FILTER (WHERE " + (locked ? NOT_YOUNGER : "age(xmin) >= 0")
                                + "), count(*) FILTER (WHERE " + OURS + ") FROM " + inRange(cut),
                        row -> new Found(row.getLong(1), row.getLong(2)))
                .orElseThrow();
    }

    private static String inRange(Change.Cut cut) {
        return cut.table().name() + " WHERE " + cut.paging().condition(cut.page(), "");
    }

    private static KeyPaging keyed(Change.Cut cut) {
        return (KeyPaging) cut.paging();
    }

    private static long count(Connection connection, String from, String what) throws SQLException {
        return Jdbc.first(connection, "SELECT count(" + what + ") FROM " + from, row -> row.getLong(1))
                .orElse(0L);
    }
}

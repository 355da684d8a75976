package dev.turnasync.resumable;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/**
 * A signal that tells a {@link Backfill} to wait: between batches, with no transaction open. From seven tenths of the limit on it
 * slows down in proportion; at the limit it stops, looks again once a second, and shows why it waits on its entry. The entry stays
 * RUNNING and keeps its place.
 *
 * <p>Signals read the system views of PostgreSQL. Many are only visible to members of {@code pg_monitor}; each author says what
 * is to happen where a signal cannot be read. Implementations are used by one thread at a time.
 */
@FunctionalInterface
public interface Throttle {

    /** What happens while a signal cannot be read. */
    enum WhenUnknown {
        /** Go on (fail open). */
        PROCEED,
        /** Wait until it can be read (fail closed). */
        WAIT
    }

    /**
     * Where a signal is read.
     *
     * @param connection a connection in a short transaction of its own
     * @param table the table that is changed, with its schema, quoted
     */
    record Probe(Connection connection, String table) {}

    /**
     * What was read.
     *
     * @param utilisation how much of the limit is used up; 1 or more means wait; null when it cannot be read
     * @param text the figures behind it, such as {@code replica a: 7.2 s behind, limit 5 s}
     */
    record Reading(@Nullable Double utilisation, String text) {}

    /**
     * Reads the signal. An {@link SQLException} counts as a signal that cannot be read.
     *
     * @param probe where to read
     * @return what was read
     * @throws SQLException if the database refuses
     */
    Reading read(Probe probe) throws SQLException;

    /**
     * Tells what happens while the signal cannot be read.
     *
     * @return {@link WhenUnknown#WAIT} unless told otherwise
     */
    default WhenUnknown whenUnknown() {
        return WhenUnknown.WAIT;
    }

    /**
     * Tells whether the signal is read at the end of each batch, while its locks are held, instead of between batches.
     *
     * @return false unless the signal is about those locks
     */
    default boolean insideBatch() {
        return false;
    }

    /**
     * Waits while a streaming replica replays more than so much time behind. An idle replica counts as caught up; an inactive
     * physical slot as a replica that was lost, whose lag is not known.
     *
     * @param limit the most lag
     * @param whenUnknown what to do without the right to see it ({@code pg_monitor})
     * @return the signal
     */
    static Throttle replicaLag(Duration limit, WhenUnknown whenUnknown) {
        return Signals.replicaLag(limit, whenUnknown);
    }

    /**
     * Waits while more than so much write-ahead log is kept for a replica or a replication slot.
     *
     * @param bytes the most bytes
     * @param whenUnknown what to do without the right to see it
     * @return the signal
     */
    static Throttle walBacklog(long bytes, WhenUnknown whenUnknown) {
        return Signals.walBacklog(bytes, whenUnknown);
    }

    /**
     * Waits while autovacuum works on the table; it would be slowed down, and cancelled by a stronger lock.
     *
     * @param whenUnknown what to do without the right to see it
     * @return the signal
     */
    static Throttle autovacuum(WhenUnknown whenUnknown) {
        return Signals.autovacuum(false, whenUnknown);
    }

    /**
     * Waits while an autovacuum that prevents transaction id wraparound works on the table.
     *
     * @param whenUnknown what to do without the right to see it
     * @return the signal
     */
    static Throttle wraparoundVacuum(WhenUnknown whenUnknown) {
        return Signals.autovacuum(true, whenUnknown);
    }

    /**
     * Waits while a transaction of somebody else is older than a limit, since nothing that the backfill replaces can be vacuumed
     * until it ends.
     *
     * @param limit the greatest age
     * @param whenUnknown what to do without the right to see it
     * @return the signal
     */
    static Throttle longTransactions(Duration limit, WhenUnknown whenUnknown) {
        return Signals.longTransactions(limit, whenUnknown);
    }

    /**
     * Waits a moment after a batch for whose locks others had to wait.
     *
     * @param sessions how many waiting sessions are the limit, at least 1
     * @return the signal
     */
    static Throttle lockWaiters(int sessions) {
        return Signals.lockWaiters(sessions);
    }

    /**
     * Waits while a query returns more than a limit.
     *
     * @param name what the query measures, for messages
     * @param query SQL that returns one number
     * @param limit the number from which to wait
     * @param whenUnknown what to do when it fails or returns nothing
     * @return the signal
     */
    static Throttle sql(String name, String query, double limit, WhenUnknown whenUnknown) {
        return Signals.sql(new Signals.Query(name, query, limit), whenUnknown);
    }

    /**
     * Works only in a window of the day, by the database's clock. It may span midnight.
     *
     * @param from when it opens
     * @param to when it closes
     * @param zone the zone of both
     * @return the signal
     */
    static Throttle between(LocalTime from, LocalTime to, ZoneId zone) {
        return Signals.between(from, to, zone);
    }
}

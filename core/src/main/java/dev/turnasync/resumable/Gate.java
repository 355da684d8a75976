package dev.turnasync.resumable;

import dev.turnasync.api.QueueEntry.Waiting;
import dev.turnasync.jdbc.ErrorReports;
import dev.turnasync.resumable.Throttle.Probe;
import dev.turnasync.resumable.Throttle.Reading;
import dev.turnasync.resumable.Throttle.WhenUnknown;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Where the lanes of a backfill wait between batches: for an operator who holds them, and for throttles. From {@link #SLOW} of a limit
 * on, each batch is followed by a rest, up to the batch's own time at the limit (after Spirit). One lane looks, the others wait
 * with it.
 */
final class Gate {

    private static final Duration LOOK = Duration.ofMillis(500);
    private static final Duration WAIT = Duration.ofSeconds(1);
    private static final double SLOW = 0.7;

    private final AsyncContext context;
    private final String table;
    private final List<Throttle> throttles;
    private final double politeness;
    private final Pace pace;
    private final ReentrantLock turn = new ReentrantLock();
    private volatile @Nullable Waiting inside;
    private @Nullable Reading worst;
    private long lookedAt;
    private boolean looked;
    private volatile boolean closed;

    Gate(AsyncContext context, String table, BackfillOptions options, Pace pace) {
        this.context = context;
        this.table = table;
        this.throttles = options.throttles();
        this.politeness = options.politeness();
        this.pace = pace;
    }

    /** Says that another lane failed. */
    static final class ClosedException extends Exception {
        private static final long serialVersionUID = 1L;
    }

    /** Lets no lane begin another batch. */
    void close() {
        closed = true;
    }

    /** Returns when the next batch may begin. */
    void pass(Lane lane, Duration lastBatch) throws Exception {
        context.await(Duration.ZERO);
        var rest = Duration.ZERO;
        turn.lock();
        try {
            waitForSignals(lane);
            rest = rest(lastBatch);
        } finally {
            turn.unlock();
        }
        if (closed) {
            throw new ClosedException();
        }
        if (!rest.isZero()) {
            context.await(rest);
        }
    }

    private void waitForSignals(Lane lane) throws Exception {
        var waited = false;
        for (var why = obstacle(lane); why != null && !closed; why = obstacle(lane)) {
            waited = true;
            pace.waits(why);
            context.await(WAIT);
            looked = false;
        }
        if (waited) {
            pace.waits(null);
        }
    }

    /** Reads, at the end of a batch, the signals that are about its locks. */
    void insideBatch(Connection connection) throws SQLException {
        for (var throttle : throttles) {
            if (throttle.insideBatch()) {
                var reading = readInside(connection, throttle);
                if (isClosed(reading, throttle.whenUnknown())) {
                    inside = new Waiting(reading.text(), null, reading.utilisation());
                }
            }
        }
    }

    /** A signal that cannot be read must not cost the batch its transaction. */
    private Reading readInside(Connection connection, Throttle throttle) throws SQLException {
        var before = connection.setSavepoint();
        try {
            return throttle.read(new Probe(connection, table));
        } catch (SQLException e) {
            if (ErrorReports.isConnectionLost(e)) {
                throw e;
            }
            connection.rollback(before);
            return unreadable(e);
        }
    }

    private static Reading unreadable(SQLException e) {
        return new Reading(null, "a throttle cannot be read: " + e.getMessage());
    }

    private Duration rest(Duration lastBatch) {
        var used = worst == null || worst.utilisation() == null ? 0 : worst.utilisation();
        var slow = Math.max(0, (Math.min(1, used) - SLOW) / (1 - SLOW));
        return Duration.ofNanos((long) (lastBatch.toNanos() * (politeness + slow)));
    }

    private @Nullable Waiting obstacle(Lane lane) throws Exception {
        if (context.heldBy().isPresent()) {
            var heldBy = lane.inTransaction(tx -> context.heldBy());
            if (heldBy.isPresent()) {
                return new Waiting(heldBy.get(), null, null);
            }
        }
        var locks = inside;
        inside = null;
        if (locks != null) {
            return locks;
        }
        if (!looked || System.nanoTime() - lookedAt > LOOK.toNanos()) {
            worst = null;
            var closed = look(lane);
            lookedAt = System.nanoTime();
            looked = closed == null;
            return closed;
        }
        return null;
    }

    /** Reads the signals up to the first one that is closed. */
    private @Nullable Waiting look(Lane lane) throws Exception {
        for (var throttle : throttles) {
            if (throttle.insideBatch()) {
                continue;
            }
            var reading = read(lane, throttle);
            if (isClosed(reading, throttle.whenUnknown())) {
                return new Waiting(reading.text(), null, reading.utilisation());
            }
            if (isMore(reading)) {
                worst = reading;
            }
        }
        return null;
    }

    private boolean isMore(Reading reading) {
        var most = worst == null || worst.utilisation() == null ? 0.0 : worst.utilisation();
        return reading.utilisation() != null && reading.utilisation() > most;
    }

    private static boolean isClosed(Reading reading, WhenUnknown whenUnknown) {
        return reading.utilisation() == null ? whenUnknown == WhenUnknown.WAIT : reading.utilisation() >= 1;
    }

    private Reading read(Lane lane, Throttle throttle) throws Exception {
        try {
            return lane.inTransaction(tx -> throttle.read(new Probe(tx.connection(), table)));
        } catch (SQLException e) {
            if (ErrorReports.isConnectionLost(e)) {
                throw e;
            }
            return unreadable(e);
        }
    }
}

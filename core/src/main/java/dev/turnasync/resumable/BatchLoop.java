package dev.turnasync.resumable;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.QueueEntry.Waiting;
import dev.turnasync.jdbc.Jdbc;
import dev.turnasync.resumable.Paging.Rest;
import dev.turnasync.resumable.Slices.Slice;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Goes over slices in one session, batch by batch:
 *
 * <ol>
 *   <li>Wait at the gate.
 *   <li>In one transaction behind the fence: cut the next page, change its rows, store the position behind it.
 *   <li>Fit the size to the time it took; when it failed, split it, or give up.
 * </ol>
 */
final class BatchLoop {

    /** What the lanes of a backfill share. */
    record Shared(
            AsyncContext context,
            TargetTable table,
            Paging paging,
            OrderGuard guard,
            Change change,
            Gate gate,
            Pace pace,
            Breaker breaker,
            TimeLimits limits) {}

    private static final int SINGLE_TRIES = 40;
    private static final long FIRST_PAUSE_MILLIS = 50;
    private static final int SINGLE_CAP_TARGETS = 20;

    private final Shared shared;
    private final Lane lane;
    private final int number;
    private final BatchSize size;
    private final Duration singleCap;
    private Duration lastBatch = Duration.ZERO;
    private @Nullable Page tried;
    private @Nullable Position reached;
    private int singleTries;

    BatchLoop(Shared shared, Lane lane, int number, BatchSize size) {
        this.shared = shared;
        this.lane = lane;
        this.number = number;
        this.size = size;
        this.singleCap = size.target().multipliedBy(SINGLE_CAP_TARGETS);
    }

    void run(Slice slice) throws Exception {
        var at = slice.at();
        while (!at.finished()) {
            shared.gate().pass(lane, lastBatch);
            at = batch(slice, at);
        }
    }

    private Position batch(Slice slice, Position at) throws Exception {
        var began = System.nanoTime();
        tried = null;
        reached = null;
        Position next;
        try {
            next = lane.inTransaction(tx -> {
                var behind = change(tx.connection(), slice, at);
                tx.checkpoint(slice.key(), behind.text());
                reached = behind;
                return behind;
            });
        } catch (HeldException | RepeatException e) {
            return at;
        } catch (Exception | OutOfMemoryError e) {
            return failed(e, new Place(slice, at));
        }
        worked(next.done() - at.done(), Duration.ofNanos(System.nanoTime() - began));
        return next;
    }

    /** Takes that a batch is committed: whatever fails from here on must not repeat it. */
    private void worked(long rows, Duration took) {
        lastBatch = took;
        size.succeeded(rows, took);
        shared.pace().worked(number, rows, took);
        shared.breaker().succeeded();
        if (singleTries > 0) {
            shared.pace().waits(null);
            singleTries = 0;
        }
    }

    /** Where a batch failed. */
    record Place(Slice slice, Position at) {}

    /** An operator holds the run. */
    private static final class HeldException extends Exception {
        private static final long serialVersionUID = 1L;
    }

    private Position change(Connection connection, Slice slice, Position at) throws Exception {
        if (shared.context().heldBy().isPresent()) {
            throw new HeldException();
        }
        limitTime(connection);
        shared.guard().check(connection, slice.walkEnd()).forEach(shared.context()::warn);
        var page = shared.paging().next(connection, new Rest(at.after(), slice.end()), size.rows());
        requireAdvance(page);
        tried = page;
        if (page.last() && page.rows() == 0) {
            return at.behind(page, 0);
        }
        var began = System.nanoTime();
        var cut = new Change.Cut(shared.table(), shared.paging(), page, slice);
        var changed = shared.change().apply(connection, cut, () -> checkConstraints(connection, began));
        shared.gate().insideBatch(connection);
        return at.behind(page, changed);
    }

    /** What a batch may take, from its first lock on: the whole of it when it is one statement, and each wait for a lock anyway. */
    private void limitTime(Connection connection) throws SQLException {
        var limits = shared.limits();
        Jdbc.execute(
                connection,
                BackfillRun.ALL_ROWS + "; SET LOCAL lock_timeout = "
                        + limits.lock().toMillis()
                        + (shared.change().isStatement()
                                ? "; SET LOCAL statement_timeout = "
                                        + (isLimited() ? limits.batch().toMillis() : 0)
                                : "")
                        + "; " + shared.guard().lock());
    }

    /** A single row may take as long as it takes, and so may Java code. */
    private boolean isLimited() {
        return size.rows() > 1 && shared.change().isStatement();
    }

    /**
     * Lets deferred constraints, also those that a deploy adds meanwhile, do their work now, within the time of the batch: at the commit
     * nothing would limit their waits for locks while the batch holds its own, and nobody would see what keys they move.
     */
    private void checkConstraints(Connection connection, long began) throws SQLException {
        if (!isLimited()) {
            Jdbc.execute(connection, "SET CONSTRAINTS ALL IMMEDIATE");
            return;
        }
        var limit = shared.limits().batch().toMillis();
        var left = limit - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
        Jdbc.execute(connection, "SET LOCAL statement_timeout = " + Math.max(1, left));
        Jdbc.execute(connection, "SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL statement_timeout = " + limit);
    }

    private void requireAdvance(Page page) {
        var after = page.after();
        if (!page.last()
                && after != null
                && !after.before()
                && after.json().equals(page.upTo().json())) {
            throw new AsyncMigrationException.Permanent(
                    "the backfill of " + shared.table().name() + " does not advance beyond "
                            + shared.paging().last(page) + ". Choose another key by keyedBy(…).");
        }
    }

    /** Returns where to go on: where the batch began, unless it was committed before it failed. */
    private Position failed(Throwable failure, Place place) throws Exception {
        if (shared.context().stopRequested()) {
            throw BatchErrors.raise(failure);
        }
        switch (BatchErrors.of(failure)) {
            case FATAL -> throw BatchErrors.raise(failure);
            case POISON -> poisoned(failure, place);
            case MEMORY -> {
                var behind = reached;
                if (behind != null && isStored(behind, place.slice())) {
                    return behind;
                }
                foundNoRoom(failure, place);
            }
            case SPLIT -> split(failure, place.at());
        }
        return place.at();
    }

    /** The heap may be full right after a commit, too. */
    private boolean isStored(Position behind, Slice slice) {
        return shared.context()
                .checkpoint(slice.key())
                .filter(behind.text()::equals)
                .isPresent();
    }

    /** Narrows down to the one row that cannot be changed. Java code may have done more than the transaction, and is not repeated. */
    private void poisoned(Throwable failure, Place place) throws Exception {
        var page = tried;
        if (page == null || !shared.change().isStatement() || (!size.isNarrowing() && isWrongAnyway(failure, place))) {
            throw BatchErrors.raise(failure);
        }
        if (!size.narrowed(page.rows())) {
            var row = shared.paging().last(page) + " of " + shared.table().name();
            throw new BadRow(shared, lane, place, page).refuse(row, failure);
        }
    }

    /** What the server refuses before it looks at a row it refuses for all of them. */
    private boolean isWrongAnyway(Throwable failure, Place place) throws Exception {
        var page = Objects.requireNonNull(tried);
        try {
            return lane.inTransaction(tx -> {
                limitTime(tx.connection());
                shared.change()
                        .plan(tx.connection(), new Change.Cut(shared.table(), shared.paging(), page, place.slice()));
                return false;
            });
        } catch (SQLException e) {
            return BatchErrors.state(failure).equals(e.getSQLState());
        }
    }

    /** As long as a batch is rolled back as a whole, fewer rows are the way, whoever found no memory: the server, the driver, Java code. */
    private void foundNoRoom(Throwable failure, Place place) throws Exception {
        var page = tried;
        var rows = page == null ? size.rows() : page.rows();
        var ofHeap = BatchErrors.isOfHeap(failure);
        if (size.foundNoRoom(rows, ofHeap)) {
            shared.context()
                    .log("a batch of " + rows + " rows found no memory "
                            + (ofHeap ? "in this process" : "on the server") + ", and is tried again with "
                            + size.rows());
            return;
        }
        throw new AsyncMigrationException(
                (page == null ? "a row" : shared.paging().last(page)) + " of "
                        + shared.table().name()
                        + " alone needs more memory than " + (ofHeap ? "this process" : "the server") + " has: "
                        + failure.getMessage() + ". The backfill stands before it, "
                        + place.at().done()
                        + " rows into its slice. Give it more memory, or select and change less of the row.",
                failure);
    }

    private void split(Throwable failure, Position at) throws Exception {
        var page = tried;
        if (size.halved(page == null ? size.rows() : page.rows())) {
            requireWhole(failure, at);
            return;
        }
        var holders = lane.inTransaction(this::holders);
        var row = (page == null ? "a row" : shared.paging().last(page)) + " of "
                + shared.table().name();
        if (++singleTries > SINGLE_TRIES) {
            throw new AsyncMigrationException(
                    row + " could not be changed in " + SINGLE_TRIES + " tries: " + failure.getMessage()
                            + ". Locks on the table are held by " + holders + ". The backfill stands before the row, "
                            + at.done() + " rows into its slice.",
                    failure);
        }
        shared.pace()
                .waits(new Waiting(
                        row + " cannot be changed now: " + failure.getMessage() + ". Locks on the table are held by "
                                + holders,
                        null,
                        null));
        var cap = Math.min(singleCap.toMillis(), FIRST_PAUSE_MILLIS << Math.min(20, singleTries));
        shared.context().await(Duration.ofMillis(RandomGenerator.getDefault().nextLong(cap + 1)));
    }

    /** A single row has tries of its own. */
    private void requireWhole(Throwable failure, Position at) throws AsyncMigrationException {
        if (shared.breaker().failed()) {
            throw new AsyncMigrationException(
                    "more than half of the last batches over " + shared.table().name() + " ran into timeouts or locks; "
                            + at.done() + " rows of this slice are done. The last one: " + failure.getMessage(),
                    failure);
        }
    }

    private String holders(FencedTransaction transaction) throws SQLException {
        var connection = transaction.connection();
        return Blockers.of(
                connection, List.of(Table.find(connection, shared.table().oid())));
    }
}

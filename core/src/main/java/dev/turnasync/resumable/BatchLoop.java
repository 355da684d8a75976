package dev.turnasync.resumable;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.jdbc.Jdbc;
import dev.turnasync.resumable.Paging.Rest;
import dev.turnasync.resumable.Slices.Slice;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
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
            Change change,
            Gate gate,
            Pace pace,
            Breaker breaker) {}

    /** A batch that waits for a lock holds others, which a session of the application may wait for; a single row holds none. */
    private static final Duration LONGEST_LOCK_WAIT = Duration.ofSeconds(5);

    private static final int SINGLE_TRIES = 20;
    private static final Duration SINGLE_CAP = Duration.ofSeconds(10);

    private final Shared shared;
    private final Lane lane;
    private final int number;
    private final BatchSize size;
    private final Duration target;
    private Duration lastBatch = Duration.ZERO;
    private @Nullable Page tried;
    private int singleTries;

    BatchLoop(Shared shared, Lane lane, int number, BatchSize.Limits limits) {
        this.shared = shared;
        this.lane = lane;
        this.number = number;
        this.size = new BatchSize(limits);
        this.target = limits.target();
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
        try {
            var next = lane.inTransaction(tx -> {
                var behind = change(tx.connection(), slice, at);
                tx.checkpoint(slice.key(), behind.text());
                return behind;
            });
            lastBatch = Duration.ofNanos(System.nanoTime() - began);
            var rows = next.done() - at.done();
            size.succeeded(rows, lastBatch);
            shared.pace().worked(number, rows, lastBatch);
            shared.breaker().succeeded();
            singleTries = 0;
            return next;
        } catch (HeldException e) {
            return at;
        } catch (Exception e) {
            failed(e, at);
            return at;
        }
    }

    /** An operator holds the run; the gate waits. */
    private static final class HeldException extends Exception {
        private static final long serialVersionUID = 1L;
    }

    private Position change(Connection connection, Slice slice, Position at) throws Exception {
        if (shared.context().heldBy().isPresent()) {
            throw new HeldException();
        }
        limitTime(connection);
        var page = shared.paging().next(connection, new Rest(at.after(), slice.end()), size.rows());
        requireAdvance(page);
        tried = page;
        var nothing = page.last() && page.rows() == 0;
        var changed =
                nothing ? 0 : shared.change().apply(connection, new Change.Cut(shared.table(), shared.paging(), page));
        shared.gate().insideBatch(connection);
        return at.behind(page, changed);
    }

    private void limitTime(Connection connection) throws SQLException {
        var single = size.rows() == 1;
        var locks = single ? LONGEST_LOCK_WAIT : target.dividedBy(2);
        set(connection, "lock_timeout", locks);
        if (!single && shared.change().isStatement()) {
            set(connection, "statement_timeout", target.multipliedBy(2));
        }
    }

    private static void set(Connection connection, String name, Duration time) throws SQLException {
        Jdbc.list(
                connection,
                "SELECT set_config(?, ?, TRUE)",
                row -> true,
                name,
                Long.toString(Math.max(1, time.toMillis())));
    }

    private void requireAdvance(Page page) {
        var after = page.after();
        var upTo = page.upTo();
        if (!page.last()
                && after != null
                && upTo != null
                && !after.before()
                && after.json().equals(upTo.json())) {
            throw new AsyncMigrationException.Permanent(
                    "the backfill of " + shared.table().name() + " does not advance beyond " + where(page)
                            + ". Choose another key by keyedBy(…).");
        }
    }

    private void failed(Exception failure, Position at) throws Exception {
        var error = Stream.<Throwable>iterate(failure, e -> e != null, Throwable::getCause)
                .filter(SQLException.class::isInstance)
                .map(SQLException.class::cast)
                .findFirst();
        if (error.isEmpty() || shared.context().stopRequested()) {
            throw failure;
        }
        switch (BatchErrors.of(error.get())) {
            case FATAL -> throw failure;
            case POISON -> poisoned(failure, at);
            case SPLIT -> split(failure, at);
        }
    }

    /** Halves down to the one row that cannot be changed. Java code may have done more than the transaction, and is not repeated. */
    private void poisoned(Exception failure, Position at) throws Exception {
        var page = tried;
        if (page == null || !shared.change().isStatement()) {
            throw failure;
        }
        if (!size.halved(page.rows())) {
            throw new AsyncMigrationException(
                    "the row " + where(page) + " of " + shared.table().name() + " cannot be changed: "
                            + failure.getMessage() + ". The backfill stands before it, " + at.done()
                            + " rows into its slice. Mend the row or the migration, then retry.",
                    failure);
        }
    }

    private void split(Exception failure, Position at) throws Exception {
        if (shared.breaker().failed()) {
            throw new AsyncMigrationException(
                    "more than half of the last batches over " + shared.table().name() + " ran into timeouts or locks; "
                            + at.done() + " rows of this slice are done. The last one: " + failure.getMessage(),
                    failure);
        }
        var page = tried;
        if (size.halved(page == null ? size.rows() : page.rows())) {
            return;
        }
        if (++singleTries > SINGLE_TRIES) {
            throw new AsyncMigrationException(
                    "the row " + (page == null ? "" : where(page)) + " of "
                            + shared.table().name()
                            + " could not be changed in " + SINGLE_TRIES + " tries: " + failure.getMessage()
                            + " Locks on the table are held by "
                            + lane.inTransaction(this::holders)
                            + ". The backfill stands before it, " + at.done() + " rows into its slice.",
                    failure);
        }
        var cap = Math.min(SINGLE_CAP.toMillis(), 50L << Math.min(20, singleTries));
        shared.context().await(Duration.ofMillis(RandomGenerator.getDefault().nextLong(cap + 1)));
    }

    private String holders(FencedTransaction transaction) throws SQLException {
        var connection = transaction.connection();
        return Blockers.of(
                connection, List.of(Table.find(connection, shared.table().oid())));
    }

    private String where(Page page) {
        return shared.paging().describe() + " = "
                + (page.upTo() == null ? "(the last)" : page.upTo().literal());
    }
}

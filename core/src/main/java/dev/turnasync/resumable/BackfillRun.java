package dev.turnasync.resumable;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.jdbc.Jdbc;
import dev.turnasync.resumable.AsyncContext.TransactionWork;
import dev.turnasync.resumable.Slices.Slice;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One attempt of a backfill: finds the table and what earlier attempts left, goes over the slices, checks the end. */
final class BackfillRun {

    /** Lets a statement fail from which row-level security would hide rows, instead of leaving them out. It needs no right. */
    static final String ALL_ROWS = "SET LOCAL row_security = off";

    private static final int MOST_PASSES = 20;
    private static final int SLICES_PER_SESSION = 4;

    private final AsyncContext context;
    private final BackfillOptions options;
    private final Change change;
    private final Statement statement;
    private final Checkpoints checkpoints;

    BackfillRun(AsyncContext context, BackfillOptions options, Change change) {
        this.context = context;
        this.options = options;
        this.change = change;
        this.statement = Statement.of(options);
        this.checkpoints = new Checkpoints(context, options.name());
    }

    long run() throws Exception {
        requirePieces();
        context.steps().takeName("backfill", options.name());
        if (!isOver()) {
            walk();
            verify();
            inTransaction(tx -> {
                tx.checkpoint(checkpoints.endKey(), options.asked());
                return true;
            });
        }
        return checkpoints.changed();
    }

    /**
     * Whether an earlier attempt came to the end of what is asked for. The body went on from there, and may have changed the key, dropped
     * columns or the table, so nothing is asked of them any more. Only rows that match again are gone over while that can be told.
     */
    private boolean isOver() throws Exception {
        if (!options.asked().equals(checkpoints.read(checkpoints.endKey()))) {
            return false;
        }
        if (!options.untilNone()) {
            return true;
        }
        try {
            var target = target();
            stored().orElseThrow().order().requireKeptBy(target.order(), options.name());
            return inTransaction(tx -> target.paging().firstMatch(tx.connection(), options.where()))
                    .isEmpty();
        } catch (AsyncMigrationException.Permanent e) {
            return true;
        } catch (SQLException e) {
            if (BatchErrors.of(e) == BatchErrors.POISON) {
                return true;
            }
            throw e;
        }
    }

    private void walk() throws Exception {
        var target = target();
        for (var pass = 1; ; pass++) {
            var slices = passFrom(target);
            if (slices.isEmpty()) {
                break;
            }
            over(target, slices.get());
            if (!options.untilNone()) {
                break;
            }
            if (pass > MOST_PASSES) {
                throw new AsyncMigrationException("rows of " + target.table().name() + " still match after "
                        + MOST_PASSES + " passes. Is the application writing the old form?");
            }
        }
        inTransaction(tx -> {
            target.paging().requireAllPlaced(tx.connection());
            return true;
        });
    }

    /** What is walked, and how. */
    private record Target(TargetTable table, Paging paging, WalkOrder order, long total, TimeLimits limits) {}

    /** What looks over the whole table takes as long as it takes; it blocks nobody. */
    private <T extends @Nullable Object> T inTransaction(TransactionWork<T> work) throws Exception {
        return context.inTransaction(tx -> {
            Jdbc.execute(tx.connection(), ALL_ROWS);
            NoTimeouts.inTransaction(tx.connection());
            return work.run(tx);
        });
    }

    private Target target() throws Exception {
        return inTransaction(tx -> {
            var connection = tx.connection();
            var table = TargetTable.resolve(connection, options.table());
            var paging = paging(connection, table);
            if (paging instanceof BlockPaging && (table.partitioned() || !options.untilNone())) {
                throw new AsyncMigrationException.Permanent(
                        table.name() + " has no unique key, so an update may move a row to"
                                + " where the backfill comes by again, or was before. Add where(…) and untilNoneMatches(), with a"
                                + " change after which a row no longer matches, on each partition by itself if it has some; or give the"
                                + " table a key.");
            }
            paging.requireAllPlaced(connection);
            return new Target(
                    table,
                    paging,
                    WalkOrder.of(connection, table, paging),
                    table.estimate(connection),
                    TimeLimits.of(connection, options.limits().target()));
        });
    }

    /** An author who names no key gets the one with which the backfill began. */
    private Paging paging(Connection connection, TargetTable table) throws SQLException {
        var stored = stored();
        if (stored.isEmpty()) {
            return table.paging(connection, options.key());
        }
        var before = stored.get().order();
        before.requireKeptBy(before.over(WalkOrder.of(connection, table, new BlockPaging(table))), options.name());
        return options.key().isEmpty() ? table.paging(connection, before) : table.paging(connection, options.key());
    }

    private Optional<Slices> stored() {
        return Optional.ofNullable(checkpoints.read(checkpoints.planKey()))
                .map(text -> Slices.parse(text, options.name()));
    }

    /** A backfill commits batch by batch. */
    private void requirePieces() throws Exception {
        if (!context.getConnection().getAutoCommit()) {
            throw new AsyncMigrationException.Permanent(context.label()
                    + " runs in one transaction as a whole, and a backfill commits batch by batch. Let its"
                    + " canExecuteInTransaction() return false.");
        }
    }

    /** The pass that is under way, or the next one; empty when no row matches any more. */
    private Optional<Slices> passFrom(Target target) throws Exception {
        var stored = stored();
        return inTransaction(tx -> {
            if (stored.isEmpty()) {
                return Optional.of(begin(tx, target, 1, null));
            }
            var slices = stored.get();
            slices.order().requireKeptBy(target.order(), options.name());
            slices.statement().requireKeptBy(statement, options.name(), options.continuing());
            var open = slices.all(tx.connection(), target.paging(), checkpoints).stream()
                    .anyMatch(slice -> !slice.at().finished());
            if (open || !options.untilNone()) {
                return Optional.of(goOn(tx, slices));
            }
            var match = target.paging().firstMatch(tx.connection(), options.where());
            if (match.isEmpty()) {
                return Optional.<Slices>empty();
            }
            requireProgress(target, slices, match.get());
            return Optional.of(begin(tx, target, slices.pass() + 1, match.get()));
        });
    }

    /** An author may go on with another statement, and say so by the fingerprint of the one before. */
    private Slices goOn(FencedTransaction tx, Slices slices) throws SQLException {
        if (slices.statement().equals(statement)) {
            return slices;
        }
        context.log("the backfill \"" + options.name() + "\" goes on with another statement than "
                + slices.statement().fingerprint() + "; the rows it has passed stay as that one left them");
        var next = slices.with(statement);
        tx.checkpoint(checkpoints.planKey(), next.text());
        return next;
    }

    /** A pass ends where the table ends now, or it would run after what the application adds. */
    private Slices begin(FencedTransaction tx, Target target, int pass, @Nullable Cursor start) throws SQLException {
        var sessions = pass == 1 ? options.parallelism() : 1;
        var ends = new ArrayList<Cursor>();
        if (sessions > 1) {
            ends.addAll(target.paging().split(tx.connection(), sessions * SLICES_PER_SESSION));
        }
        target.paging().end(tx.connection()).ifPresent(ends::add);
        var slices = new Slices(
                pass,
                target.order(),
                statement,
                start == null ? null : start.json(),
                ends.stream().map(Cursor::json).toList());
        tx.checkpoint(checkpoints.planKey(), slices.text());
        return slices;
    }

    private static void requireProgress(Target target, Slices before, Cursor match) {
        if (target.paging() instanceof KeyPaging
                && before.pass() > 2
                && before.start() != null
                && before.start().equals(match.json())) {
            throw new AsyncMigrationException.Permanent(
                    "the row " + target.paging().describe() + " = " + match.literal()
                            + " of " + target.table().name()
                            + " still matches after it was changed, so the backfill would never end."
                            + " Let where(…) tell changed rows from the others.");
        }
    }

    private void over(Target target, Slices slices) throws Exception {
        List<Slice> all = inTransaction(tx -> slices.all(tx.connection(), target.paging(), checkpoints));
        var pace = new Pace(context, target.total(), slices.pass() == 1 ? null : "pass " + slices.pass());
        pace.begin(all.stream().mapToLong(slice -> slice.at().done()).sum());
        var gate = new Gate(context, target.table().name(), options, pace);
        // Another pass also comes by what is attached in this one.
        var order = options.untilNone()
                ? target.order().withoutPartitions()
                : target.order().since(slices.order());
        var guard = new OrderGuard(options.name(), target.table(), target.paging(), order);
        var shared = new BatchLoop.Shared(
                context, target.table(), target.paging(), guard, change, gate, pace, new Breaker(), target.limits());
        var open = all.stream().filter(slice -> !slice.at().finished()).toList();
        new Lanes(shared, options).run(open);
        requireFinished(inTransaction(tx -> slices.all(tx.connection(), target.paging(), checkpoints)));
        pace.end();
    }

    private void requireFinished(List<Slice> slices) {
        if (slices.stream().anyMatch(slice -> !slice.at().finished())) {
            throw new IllegalStateException(
                    "the backfill \"" + options.name() + "\" ended before all of its slices did");
        }
    }

    private void verify() throws Exception {
        for (var check : options.checks()) {
            var holds = inTransaction(tx -> Jdbc.first(tx.connection(), check.sql(), row -> row.getBoolean(1))
                    .orElse(false));
            if (!holds) {
                throw new AsyncMigrationException.Permanent("the backfill \"" + options.name()
                        + "\" ran to its end, but this does not hold: " + check.what() + " (" + check.sql() + ")");
            }
        }
    }
}

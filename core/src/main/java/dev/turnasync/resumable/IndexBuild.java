package dev.turnasync.resumable;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.QueueEntry.Progress;
import dev.turnasync.api.QueueEntry.Waiting;
import dev.turnasync.resumable.IndexCatalog.Found;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Builds the index of one table without blocking its writers, whatever an earlier build left behind. */
final class IndexBuild {

    private static final int TRIES = 5;

    private static final Duration POLL = Duration.ofMillis(500);

    private static final String UNIQUE_VIOLATION = "23505";

    /** Lock not available, cancelled, and a name that another build took in the meantime. */
    private static final Set<String> PASSING = Set.of("55P03", "57014", "42P07");

    /** A transaction that was rolled back, such as by a deadlock. */
    private static final String ROLLED_BACK = "40";

    /** What the catalog says, and who is at work on it. */
    private record State(Optional<Found> found, List<String> builders) {}

    private final AsyncContext context;

    IndexBuild(AsyncContext context) {
        this.context = context;
    }

    /** Returns once the index is there, valid, and what it should be. */
    void build(Index index, Table table) throws Exception {
        SQLException failure = null;
        for (var tries = 0; !isDone(index, table); tries++) {
            if (tries == TRIES) {
                throw new AsyncMigrationException(
                        "the index " + index + " was not to be built in " + TRIES + " tries. Retry at a quieter time.",
                        failure);
            }
            failure = tryOnce(index, table);
        }
    }

    /** Reads the state in a fenced transaction, and mends it until only a build is missing. */
    private boolean isDone(Index index, Table table) throws Exception {
        var found = awaitOthers(index, table);
        if (found.isEmpty()) {
            return false;
        }
        if (found.get().valid()) {
            context.inTransaction(tx -> {
                IndexCatalog.requireSame(tx.connection(), index, table, found.get());
                return found;
            });
            analyze(table, found.get());
            return true;
        }
        context.log("dropping the unfinished index " + found.get().name());
        execute("DROP INDEX CONCURRENTLY IF EXISTS " + found.get().name().sql());
        return false;
    }

    /** Only an index that is not valid can be under way. */
    private Optional<Found> awaitOthers(Index index, Table table) throws Exception {
        var state = read(index, table);
        if (state.builders().isEmpty()) {
            return state.found();
        }
        context.log("the index " + index + " is being built by " + String.join("; ", state.builders()));
        while (!state.builders().isEmpty()) {
            var who = String.join("; ", state.builders());
            var waiting = new Waiting("waits for " + who, null, null);
            context.report(new Progress(null, null, null, "index " + index + " is built elsewhere", waiting));
            context.await(POLL);
            state = read(index, table);
        }
        context.report(Progress.NONE);
        return state.found();
    }

    private State read(Index index, Table table) throws Exception {
        return context.inTransaction(tx -> {
            var found = IndexCatalog.find(tx.connection(), index, table);
            var unfinished = found.filter(one -> !one.valid());
            return new State(
                    found, unfinished.isEmpty() ? List.of() : IndexCatalog.builders(tx.connection(), unfinished.get()));
        });
    }

    private @Nullable SQLException tryOnce(Index index, Table table) throws Exception {
        context.log("building the index " + index);
        try {
            execute(index.createSql("INDEX CONCURRENTLY", table.sql()));
            context.log("built the index " + index);
            return null;
        } catch (SQLException e) {
            if (passes(e)) {
                context.log("the build of the index " + index + " failed with SQLSTATE " + e.getSQLState());
                context.await(POLL);
                return e;
            }
            throw failed(index, table, e);
        }
    }

    private static boolean passes(SQLException failure) {
        var state = failure.getSQLState();
        return state != null && (PASSING.contains(state) || state.startsWith(ROLLED_BACK));
    }

    /** What is left of a build costs each write time, and a unique one may refuse rows. */
    private Exception failed(Index index, Table table, SQLException failure) {
        var left = "Nothing is left of it.";
        try {
            isDone(index, table);
        } catch (Exception e) {
            failure.addSuppressed(e);
            left = "What was begun may be left, and is dropped by the next attempt.";
        }
        if (!UNIQUE_VIOLATION.equals(failure.getSQLState())) {
            return new AsyncMigrationException(
                    "the index " + index + " was not built: " + Refusal.sentence(failure) + " " + left, failure);
        }
        return new AsyncMigrationException.Permanent(
                "the unique index " + index + " was not built, because rows have the same key: "
                        + Refusal.sentence(failure) + " " + left + " Mend these rows and those like them, then retry.",
                failure);
    }

    /** Without it the planner guesses what the expressions of an index are like. */
    private void analyze(Table table, Found found) throws SQLException {
        if (found.unmeasured()) {
            context.log("analysing " + table + " for its index " + found.name());
            execute("ANALYZE " + table.sql());
        }
    }

    private void execute(String sql) throws SQLException {
        try (var session = new NoTimeouts(context.getConnection())) {
            session.execute(sql);
        }
    }
}

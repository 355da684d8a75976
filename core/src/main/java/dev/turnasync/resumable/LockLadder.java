package dev.turnasync.resumable;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.QueueEntry.Progress;
import dev.turnasync.api.QueueEntry.Waiting;
import dev.turnasync.jdbc.ErrorReports;
import dev.turnasync.jdbc.Jdbc;
import dev.turnasync.resumable.AsyncContext.TransactionWork;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Runs transactions that need a strong lock for a moment: each waits for it shortly, and is repeated as a whole. */
final class LockLadder {

    private static final String LOCK_NOT_AVAILABLE = "55P03";

    private static final String DEADLOCK = "40P01";

    private final AsyncContext context;
    private final LockPolicy policy;

    LockLadder(AsyncContext context, LockPolicy policy) {
        this.context = context;
        this.policy = policy;
    }

    /**
     * Runs work in a fenced transaction, again and again until it gets its locks.
     *
     * @param what what it does, for messages
     * @param tables the tables it locks, to name who holds them; none when unknown
     * @param work what to do
     */
    <T extends @Nullable Object> T run(String what, Collection<Table> tables, TransactionWork<T> work)
            throws Exception {
        for (var attempt = 1; ; attempt++) {
            try {
                var result = attempt(attempt, work);
                if (attempt > 1) {
                    context.report(Progress.NONE);
                }
                return result;
            } catch (Exception e) {
                var cause = lockFailure(e);
                if (cause.isEmpty()) {
                    throw e;
                }
                waitAfter(attempt, what, Blockers.of(context.getConnection(), tables), cause.get());
            }
        }
    }

    private <T extends @Nullable Object> T attempt(int attempt, TransactionWork<T> work) throws Exception {
        return context.inTransaction(tx -> {
            NoTimeouts.inTransaction(tx.connection());
            Jdbc.list(
                    tx.connection(),
                    "SELECT set_config('lock_timeout', ?, TRUE)",
                    row -> true,
                    Long.toString(policy.wait(attempt).toMillis()));
            return work.run(tx);
        });
    }

    private void waitAfter(int attempt, String what, String blockers, SQLException cause) {
        if (attempt == policy.tries()) {
            throw new AsyncMigrationException(
                    "could not " + what + ": no lock in " + attempt + " tries. It is held by " + blockers
                            + ". End these sessions, or retry when they are done.",
                    cause);
        }
        var reason =
                "waits for a lock to " + what + ", try " + attempt + " of " + policy.tries() + ", held by " + blockers;
        context.log(reason);
        context.report(new Progress(null, null, null, what, new Waiting(reason, null, null)));
        context.await(policy.pause(attempt, ThreadLocalRandom.current()));
    }

    private static Optional<SQLException> lockFailure(Throwable failure) {
        return ErrorReports.sqlErrors(failure)
                .filter(error -> LOCK_NOT_AVAILABLE.equals(error.getSQLState()) || DEADLOCK.equals(error.getSQLState()))
                .findFirst();
    }
}

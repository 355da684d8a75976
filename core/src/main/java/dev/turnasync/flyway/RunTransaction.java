package dev.turnasync.flyway;

import dev.turnasync.api.LeaseLostException;
import dev.turnasync.api.WorkerStoppingException;
import dev.turnasync.jdbc.CheckpointText;
import dev.turnasync.jdbc.FencedSession;
import dev.turnasync.jdbc.LentConnection;
import dev.turnasync.resumable.AsyncContext.TransactionWork;
import dev.turnasync.resumable.FencedTransaction;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** The transactions of one session of a run, one at a time. For use by one thread. */
final class RunTransaction {

    private static final System.Logger LOG = System.getLogger(RunTransaction.class.getName());

    private static final long TRY_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final int MOST_TRIES = 200;

    private final WorkerContext.Run run;
    private final FencedSession session;
    private final Map<String, String> checkpoints;
    private final LentConnection loan;
    private boolean open;

    /**
     * Creates the transactions of a session.
     *
     * @param run the run
     * @param session the run's own session, or one beside it
     * @param checkpoints what was committed so far; shared by the sessions of the run
     */
    RunTransaction(WorkerContext.Run run, FencedSession session, Map<String, String> checkpoints) {
        this.run = run;
        this.session = session;
        this.checkpoints = checkpoints;
        this.loan = session.loan();
    }

    /** The connection for the body, until the run ends. */
    LentConnection loan() {
        return loan;
    }

    <T extends @Nullable Object> T run(TransactionWork<T> work) throws Exception {
        loan.enter();
        try {
            return runEntered(work);
        } finally {
            loan.leave();
        }
    }

    private <T extends @Nullable Object> T runEntered(TransactionWork<T> work) throws Exception {
        if (open) {
            throw new IllegalStateException(
                    label() + " opened a transaction inside another one. End the first one before.");
        }
        refuseWhenEnding();
        open = true;
        try {
            if (!session.begin(run.claim())) {
                run.advance().askedToEnd();
                throw stopping();
            }
            run.advance().heldBy(session.heldBy());
            return commit(work);
        } finally {
            open = false;
        }
    }

    private <T extends @Nullable Object> T commit(TransactionWork<T> work) throws Exception {
        var connection = session.connection();
        var written = new HashMap<String, String>();
        try {
            var result = work.run(transaction(written));
            requireQuiet();
            if (!session.inBegunTransaction()) {
                throw new IllegalStateException(label() + " ended a transaction by itself, so its changes"
                        + " and its checkpoint are not atomic. Remove the commit or rollback from inTransaction(…).");
            }
            for (var checkpoint : written.entrySet()) {
                save(checkpoint.getKey(), checkpoint.getValue());
            }
            connection.commit();
            if (!checkpoints.entrySet().containsAll(written.entrySet())) {
                run.advance().commitsCheckpoint();
            }
            checkpoints.putAll(written);
            return result;
        } catch (Throwable e) {
            rollback(connection, e);
            throw e;
        } finally {
            leaveTransaction(connection);
        }
    }

    private void save(String name, String value) throws SQLException {
        try {
            var before = checkpoints.get(name);
            while (!session.moveCheckpoint(run.claim(), name, before, value)) {
                before = elsewhere(name, before);
            }
        } catch (SQLException e) {
            throw CheckpointText.refusal("the checkpoint", name, e);
        }
    }

    /** A statement of another thread would hold up the end for as long as it takes. */
    private void requireQuiet() {
        try {
            loan.requireQuiet(1);
        } catch (IllegalStateException e) {
            session.abort();
            throw e;
        }
    }

    /** What another session of the run has stored meanwhile; if none has, the database lost what this run committed. */
    private @Nullable String elsewhere(String name, @Nullable String before) {
        var now = checkpoints.get(name);
        // Its commit let this transaction go on a moment before it tells here what it stored.
        for (var tries = 0; Objects.equals(now, before) && tries < MOST_TRIES; tries++) {
            LockSupport.parkNanos(TRY_NANOS);
            now = checkpoints.get(name);
        }
        if (Objects.equals(now, before)) {
            var lost = "the database went back behind " + label() + ": its checkpoint \"" + name
                    + "\" is not what this run committed. A standby that lagged was promoted, or a backup was restored; the"
                    + " next run goes on from what is stored";
            LOG.log(System.Logger.Level.WARNING, lost);
            throw new LeaseLostException(lost);
        }
        return now;
    }

    /** A connection that is too broken to leave its transaction fails at its next use, and is replaced after the run. */
    private static void leaveTransaction(Connection connection) {
        try {
            connection.setAutoCommit(true);
        } catch (SQLException e) {
            LOG.log(System.Logger.Level.DEBUG, "a migration's connection is broken", e);
        }
    }

    /** Checkpoints are stored when the work is done, as the queue's user. */
    private FencedTransaction transaction(Map<String, String> written) {
        return new FencedTransaction() {
            @Override
            public Connection connection() {
                return loan.connection();
            }

            @Override
            public void checkpoint(String name, String value) {
                CheckpointText.putInto(written, name, value);
            }
        };
    }

    void refuseWhenEnding() {
        var claim = run.claim();
        if (run.control().leaseLost()) {
            throw new LeaseLostException("worker " + claim.worker() + " lost its lease while it ran " + label());
        }
        if (run.control().stopRequested()) {
            throw stopping();
        }
    }

    private WorkerStoppingException stopping() {
        return new WorkerStoppingException(
                "worker " + run.claim().worker() + " stops " + label() + "; it goes on from its last checkpoint");
    }

    private String label() {
        return run.claim().entry().label();
    }

    private static void rollback(Connection connection, Throwable cause) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            cause.addSuppressed(e);
        }
    }
}

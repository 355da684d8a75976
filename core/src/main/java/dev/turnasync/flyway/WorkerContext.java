package dev.turnasync.flyway;

import dev.turnasync.api.LeaseLostException;
import dev.turnasync.api.QueueEntry.Progress;
import dev.turnasync.api.WorkerStoppingException;
import dev.turnasync.jdbc.FencedSession;
import dev.turnasync.spi.Claim;
import dev.turnasync.spi.RunControl;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.flywaydb.core.api.configuration.Configuration;
import org.jspecify.annotations.Nullable;

/** The context of a migration that a worker runs. */
final class WorkerContext implements AsyncContext {

    /** What a run works with. */
    record Run(Configuration configuration, FencedSession session, Claim claim, RunControl control, Advance advance) {}

    /** Whether a run committed a checkpoint, or had not even begun. For use by one thread. */
    static final class Advance {
        private boolean made = true;

        void begins() {
            made = false;
        }

        boolean made() {
            return made;
        }
    }

    private static final System.Logger LOG = System.getLogger(WorkerContext.class.getName());

    private final Run run;
    private final boolean wholeInTransaction;
    private final Map<String, String> checkpoints;
    private boolean open;

    WorkerContext(Run run, boolean wholeInTransaction) throws SQLException {
        this.run = run;
        this.wholeInTransaction = wholeInTransaction;
        this.checkpoints = new HashMap<>(run.session().checkpoints(run.claim()));
    }

    @Override
    public Configuration getConfiguration() {
        return run.configuration();
    }

    @Override
    public Connection getConnection() {
        return run.session().connection();
    }

    @Override
    public int attempt() {
        return run.claim().attempt();
    }

    @Override
    public Optional<String> checkpoint(String name) {
        return Optional.ofNullable(checkpoints.get(name));
    }

    @Override
    public <T extends @Nullable Object> T inTransaction(TransactionWork<T> work) throws Exception {
        var label = run.claim().entry().label();
        if (wholeInTransaction) {
            throw new IllegalStateException(
                    label + " runs in one transaction as a whole, so it cannot commit in pieces."
                            + " Let its canExecuteInTransaction() return false.");
        }
        if (open) {
            throw new IllegalStateException(
                    label + " opened a transaction inside another one. End the first one before.");
        }
        refuseWhenEnding();
        open = true;
        try {
            run.session().begin(run.claim());
            return commit(work);
        } finally {
            open = false;
        }
    }

    private <T extends @Nullable Object> T commit(TransactionWork<T> work) throws Exception {
        var connection = getConnection();
        var written = new HashMap<String, String>();
        try {
            var result = work.run(transaction(written));
            if (!run.session().inBegunTransaction()) {
                throw new IllegalStateException(
                        run.claim().entry().label() + " ended a transaction by itself, so its changes"
                                + " and its checkpoint are not atomic. Remove the commit or rollback from inTransaction(…).");
            }
            connection.commit();
            run.advance().made |= !checkpoints.entrySet().containsAll(written.entrySet());
            checkpoints.putAll(written);
            return result;
        } catch (Throwable e) {
            rollback(connection, e);
            throw e;
        } finally {
            leaveTransaction(connection);
        }
    }

    /** A connection that is too broken to leave its transaction fails at its next use, and is replaced after the run. */
    private static void leaveTransaction(Connection connection) {
        try {
            connection.setAutoCommit(true);
        } catch (SQLException e) {
            LOG.log(System.Logger.Level.DEBUG, "a migration's connection is broken", e);
        }
    }

    private FencedTransaction transaction(Map<String, String> written) {
        return new FencedTransaction() {
            @Override
            public Connection connection() {
                return getConnection();
            }

            @Override
            public void checkpoint(String name, String value) throws SQLException {
                run.session().saveCheckpoint(run.claim(), name, value);
                written.put(name, value);
            }
        };
    }

    private void refuseWhenEnding() {
        var claim = run.claim();
        if (run.control().leaseLost()) {
            throw new LeaseLostException("worker " + claim.worker() + " lost its lease while it ran "
                    + claim.entry().label());
        }
        if (run.control().stopRequested()) {
            throw new WorkerStoppingException("worker " + claim.worker() + " stops; "
                    + claim.entry().label() + " goes on from its last checkpoint");
        }
    }

    @Override
    public void progress(long done, long total) {
        run.control().progress(new Progress(done, total));
    }

    @Override
    public boolean stopRequested() {
        return run.control().stopRequested() || run.control().leaseLost();
    }

    private static void rollback(Connection connection, Throwable cause) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            cause.addSuppressed(e);
        }
    }
}

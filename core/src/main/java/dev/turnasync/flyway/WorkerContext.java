package dev.turnasync.flyway;

import dev.turnasync.api.QueueEntry.Progress;
import dev.turnasync.jdbc.FencedSession;
import dev.turnasync.resumable.AsyncContext;
import dev.turnasync.resumable.Steps;
import dev.turnasync.spi.Claim;
import dev.turnasync.spi.RunControl;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.flywaydb.core.api.configuration.Configuration;
import org.jspecify.annotations.Nullable;

/** The context of a migration that a worker runs. */
final class WorkerContext implements AsyncContext {

    /** What a run works with. */
    record Run(
            Configuration configuration,
            FencedSession session,
            Claim claim,
            RunControl control,
            Advance advance,
            Forks forks) {}

    /** How long a wait may take to hear that it should end. */
    private static final long EAR_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Run run;
    private final boolean wholeInTransaction;
    private final Map<String, String> checkpoints;
    private final RunTransaction transaction;
    private final Steps steps;

    WorkerContext(Run run, boolean wholeInTransaction) throws SQLException {
        this.run = run;
        this.wholeInTransaction = wholeInTransaction;
        this.checkpoints = new ConcurrentHashMap<>(run.session().checkpoints(run.claim()));
        this.transaction = new RunTransaction(run, run.session(), checkpoints);
        this.steps = new Steps(this);
    }

    @Override
    public Configuration getConfiguration() {
        return run.configuration();
    }

    @Override
    public Connection getConnection() {
        return transaction.loan().connection();
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
    public Set<String> checkpointNames() {
        return Set.copyOf(checkpoints.keySet());
    }

    @Override
    public String label() {
        return run.claim().entry().label();
    }

    @Override
    public <T extends @Nullable Object> T inTransaction(TransactionWork<T> work) throws Exception {
        if (wholeInTransaction) {
            throw new IllegalStateException(
                    label() + " runs in one transaction as a whole, so it cannot commit in pieces."
                            + " Let its canExecuteInTransaction() return false.");
        }
        return transaction.run(work);
    }

    @Override
    public void await(Duration time) {
        var until = System.nanoTime() + time.toNanos();
        transaction.refuseWhenEnding();
        for (var left = time.toNanos(); left > 0; left = until - System.nanoTime()) {
            LockSupport.parkNanos(Math.min(left, EAR_NANOS));
            transaction.refuseWhenEnding();
        }
    }

    @Override
    public void report(Progress progress) {
        if (!transaction.loan().isOver()) { // else it would be taken for the next run's
            run.control().progress(progress);
        }
    }

    @Override
    public void log(String line) {
        if (!transaction.loan().isOver()) {
            run.control().log(line);
        }
    }

    @Override
    public void warn(String warning) {
        run.advance().warn(warning);
    }

    @Override
    public boolean stopRequested() {
        return run.control().stopRequested() || run.control().leaseLost();
    }

    @Override
    public Optional<String> heldBy() {
        return Optional.ofNullable(run.advance().heldBy());
    }

    @Override
    public Steps steps() {
        return steps;
    }

    @Override
    public Optional<Fork> fork() {
        if (wholeInTransaction) {
            throw new IllegalStateException(
                    label() + " runs in one transaction as a whole, so nothing can commit beside it."
                            + " Let its canExecuteInTransaction() return false.");
        }
        transaction.loan().enter();
        try {
            var session = run.forks().open(run.claim());
            return Optional.of(new RunFork(session, new RunTransaction(run, session, checkpoints), run.forks()));
        } catch (SQLException | RuntimeException e) {
            log("no further connection for work side by side: " + e.getMessage());
            return Optional.empty();
        } finally {
            transaction.loan().leave();
        }
    }

    /** The checkpoints that are stored, as far as this run knows. */
    Map<String, String> committed() {
        return Map.copyOf(checkpoints);
    }

    /** The steps that the ledger holds and the code no longer has. */
    void warnOfLeftSteps() {
        var left = steps.notPassed();
        if (!left.isEmpty()) {
            warn("these steps ran in an earlier attempt, and the code no longer has them: " + left
                    + ". If it is meant, call steps.removed(…) for each");
        }
    }
}

package dev.turnasync.resumable;

import dev.turnasync.api.QueueEntry.Progress;
import dev.turnasync.api.WorkerStoppingException;
import dev.turnasync.jdbc.CheckpointText;
import java.sql.Connection;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.flywaydb.core.api.configuration.Configuration;
import org.flywaydb.core.api.migration.Context;
import org.jspecify.annotations.Nullable;

/** The async context of a migration that {@code migrate} runs itself: Flyway's connection, checkpoints in memory only. */
final class InlineContext implements AsyncContext {

    private static final System.Logger LOG = System.getLogger(AsyncContext.class.getName());

    private final Context context;
    private final Steps steps;
    private final Map<String, String> checkpoints = new HashMap<>();

    InlineContext(Context context) {
        this.context = context;
        this.steps = new Steps(this);
    }

    @Override
    public Configuration getConfiguration() {
        return context.getConfiguration();
    }

    @Override
    public Connection getConnection() {
        return context.getConnection();
    }

    /** The context does not tell which migration it is for. */
    @Override
    public String label() {
        return "this migration";
    }

    @Override
    public int attempt() {
        return 1;
    }

    @Override
    public Optional<String> checkpoint(String name) {
        return Optional.ofNullable(checkpoints.get(name));
    }

    @Override
    public Set<String> checkpointNames() {
        return Set.copyOf(checkpoints.keySet());
    }

    /** Flyway's transaction when it opened one, else a transaction of the work's own. */
    @Override
    public <T extends @Nullable Object> T inTransaction(TransactionWork<T> work) throws Exception {
        var connection = getConnection();
        if (!connection.getAutoCommit()) {
            return run(work);
        }
        connection.setAutoCommit(false);
        try {
            var result = run(work);
            connection.commit();
            return result;
        } catch (Throwable e) {
            connection.rollback();
            throw e;
        } finally {
            connection.setAutoCommit(true);
        }
    }

    private <T extends @Nullable Object> T run(TransactionWork<T> work) throws Exception {
        var written = new HashMap<String, String>();
        var result = work.run(new FencedTransaction() {
            @Override
            public Connection connection() {
                return getConnection();
            }

            @Override
            public void checkpoint(String name, String value) {
                CheckpointText.putInto(written, name, value);
            }
        });
        checkpoints.putAll(written);
        return result;
    }

    /** An interrupt is all that can ask migrate to end. */
    @Override
    public void await(Duration time) {
        var until = System.nanoTime() + time.toNanos();
        refuseWhenInterrupted();
        for (var left = time.toNanos(); left > 0; left = until - System.nanoTime()) {
            LockSupport.parkNanos(left);
            refuseWhenInterrupted();
        }
    }

    /** Leaves the thread interrupted, for those who interrupted it. */
    private void refuseWhenInterrupted() {
        if (Thread.currentThread().isInterrupted()) {
            throw new WorkerStoppingException(label() + " was interrupted while it waited");
        }
    }

    @Override
    public void report(Progress progress) {
        // migrate has nobody to tell
    }

    @Override
    public void log(String line) {
        LOG.log(System.Logger.Level.INFO, line);
    }

    @Override
    public void warn(String warning) {
        LOG.log(System.Logger.Level.WARNING, warning);
    }

    @Override
    public boolean stopRequested() {
        return false;
    }

    @Override
    public Optional<String> heldBy() {
        return Optional.empty();
    }

    @Override
    public Optional<Fork> fork() {
        return Optional.empty();
    }

    @Override
    public Steps steps() {
        return steps;
    }
}

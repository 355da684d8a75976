package dev.turnasync.flyway;

import java.sql.Connection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.flywaydb.core.api.configuration.Configuration;
import org.flywaydb.core.api.migration.Context;
import org.jspecify.annotations.Nullable;

/** The async context of a migration that {@code migrate} runs itself: Flyway's connection, checkpoints in memory only. */
final class InlineContext implements AsyncContext {

    private final Context context;
    private final Map<String, String> checkpoints = new HashMap<>();

    InlineContext(Context context) {
        this.context = context;
    }

    @Override
    public Configuration getConfiguration() {
        return context.getConfiguration();
    }

    @Override
    public Connection getConnection() {
        return context.getConnection();
    }

    @Override
    public int attempt() {
        return 1;
    }

    @Override
    public Optional<String> checkpoint(String name) {
        return Optional.ofNullable(checkpoints.get(name));
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
                written.put(name, value);
            }
        });
        checkpoints.putAll(written);
        return result;
    }

    @Override
    public void progress(long done, long total) {
        // migrate has nobody to tell
    }

    @Override
    public boolean stopRequested() {
        return false;
    }
}

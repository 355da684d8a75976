package dev.turnasync.flyway;

import dev.turnasync.resumable.AsyncContext;
import org.flywaydb.core.api.configuration.Configuration;
import org.flywaydb.core.api.migration.BaseJavaMigration;
import org.flywaydb.core.api.migration.Context;
import org.flywaydb.core.api.resolver.ResolvedMigration;
import org.flywaydb.core.internal.jdbc.StatementInterceptor;

/**
 * Base class of async migrations, for those who want what {@link AsyncContext} offers. It is async by itself and is queued
 * even where Flyway does not see TurnAsync's plugin, such as with the Flyway command line and a jar in {@code jarDirs}. Add
 * {@link dev.turnasync.api.Async} to set its options.
 */
public abstract class AsyncJavaMigration extends BaseJavaMigration {

    /** Reads version and description from the class name, such as {@code V7__Backfill_email_domain}. */
    protected AsyncJavaMigration() {}

    /**
     * Runs the migration.
     *
     * @param context the connection to use, and what a long-running migration needs
     * @throws Exception when the migration failed
     */
    public abstract void migrate(AsyncContext context) throws Exception;

    /**
     * Runs the migration with the async view of the context.
     *
     * @param context the context of Flyway or of a worker
     * @throws Exception when the migration failed
     */
    @Override
    public final void migrate(Context context) throws Exception {
        migrate(AsyncContext.of(context));
    }

    /**
     * Resolves the migration so that {@code migrate} queues it, unless the mode is {@link AsyncMode#INLINE}.
     *
     * @param configuration Flyway's configuration
     * @param interceptor catches statements in a dry run; null otherwise
     * @return the resolved migration
     */
    @Override
    public ResolvedMigration getResolvedMigration(Configuration configuration, StatementInterceptor interceptor) {
        var resolved = super.getResolvedMigration(configuration, interceptor);
        return AsyncMode.of(configuration) == AsyncMode.INLINE
                ? resolved
                : EnqueueExecutor.queued(this, resolved, interceptor);
    }
}

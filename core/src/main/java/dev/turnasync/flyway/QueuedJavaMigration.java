package dev.turnasync.flyway;

import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.configuration.Configuration;
import org.flywaydb.core.api.migration.Context;
import org.flywaydb.core.api.migration.JavaMigration;
import org.flywaydb.core.api.resolver.ResolvedMigration;
import org.flywaydb.core.extensibility.MigrationType;
import org.flywaydb.core.internal.jdbc.StatementInterceptor;
import org.jspecify.annotations.Nullable;

/** An async migration object among the configuration's {@code javaMigrations}: itself in all but that it is queued. */
record QueuedJavaMigration(JavaMigration source) implements JavaMigration {

    /** Wraps an object if it is async. */
    static JavaMigration wrap(JavaMigration migration) {
        return AsyncMarker.isAsync(migration.getClass()) ? new QueuedJavaMigration(migration) : migration;
    }

    /** Returns the object that the user gave. */
    static JavaMigration unwrap(JavaMigration migration) {
        return migration instanceof QueuedJavaMigration queued ? queued.source() : migration;
    }

    @Override
    public ResolvedMigration getResolvedMigration(Configuration configuration, StatementInterceptor interceptor) {
        return EnqueueExecutor.queued(source, source.getResolvedMigration(configuration, interceptor), interceptor);
    }

    @Override
    public @Nullable MigrationVersion getVersion() {
        return source.getVersion();
    }

    @Override
    public String getDescription() {
        return source.getDescription();
    }

    @Override
    public @Nullable Integer getChecksum() {
        return source.getChecksum();
    }

    @Override
    public MigrationType getType() {
        return source.getType();
    }

    @Override
    public boolean canExecuteInTransaction() {
        return source.canExecuteInTransaction();
    }

    @Override
    public void migrate(Context context) throws Exception {
        source.migrate(context);
    }
}

package dev.turnasync.flyway;

import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.configuration.Configuration;
import org.flywaydb.core.api.migration.Context;
import org.flywaydb.core.api.migration.JavaMigration;
import org.flywaydb.core.api.resolver.ResolvedMigration;
import org.flywaydb.core.extensibility.MigrationType;
import org.flywaydb.core.internal.jdbc.StatementInterceptor;
import org.jspecify.annotations.Nullable;

/** A migration object among the configuration's {@code javaMigrations}: itself in all but its executor. */
record HookedJavaMigration(JavaMigration source) implements JavaMigration {

    /** Wraps an object if it is async or requires such migrations. */
    static JavaMigration wrap(JavaMigration migration) {
        return isOfInterest(migration.getClass()) ? new HookedJavaMigration(migration) : migration;
    }

    /** Whether the hook gives migrations of a class another executor. */
    static boolean isOfInterest(Class<?> type) {
        return AsyncMarker.isAsync(type) || Requirement.isOn(type);
    }

    /** Resolves a migration with the executor that it gets from the hook. */
    static ResolvedMigration resolve(
            JavaMigration migration, Configuration configuration, @Nullable StatementInterceptor interceptor) {
        var resolved = migration.getResolvedMigration(configuration, interceptor);
        return AsyncMarker.isAsync(migration.getClass())
                ? EnqueueExecutor.queued(migration, resolved, interceptor)
                : RequiringExecutor.checked(migration, resolved, interceptor);
    }

    /** Returns the object that the user gave. */
    static JavaMigration unwrap(JavaMigration migration) {
        return migration instanceof HookedJavaMigration hooked ? hooked.source() : migration;
    }

    @Override
    public ResolvedMigration getResolvedMigration(Configuration configuration, StatementInterceptor interceptor) {
        return resolve(source, configuration, interceptor);
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

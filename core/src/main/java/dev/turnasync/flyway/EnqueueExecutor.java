package dev.turnasync.flyway;

import dev.turnasync.jdbc.JdbcEnqueuer;
import dev.turnasync.spi.NewEntry;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.SQLException;
import java.util.List;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.executor.Context;
import org.flywaydb.core.api.executor.MigrationExecutor;
import org.flywaydb.core.api.migration.JavaMigration;
import org.flywaydb.core.api.resolver.ResolvedMigration;
import org.flywaydb.core.internal.jdbc.Results;
import org.flywaydb.core.internal.jdbc.StatementInterceptor;
import org.jspecify.annotations.Nullable;

/** Stands in for a migration's own executor: adds an entry to the queue on Flyway's connection, and runs no body. */
final class EnqueueExecutor implements MigrationExecutor {

    private static final Logger LOG = System.getLogger(EnqueueExecutor.class.getName());

    private final ResolvedMigration migration;
    private final NewEntry.Terms terms;

    private EnqueueExecutor(ResolvedMigration migration, NewEntry.Terms terms) {
        this.migration = migration;
        this.terms = terms;
    }

    /**
     * Exchanges the executor of a resolved migration and keeps all else, so that Flyway's history cannot tell the
     * difference. A dry run keeps Flyway's own executor, which then writes nothing.
     *
     * @throws FlywayException if the migration is neither versioned nor repeatable
     */
    static ResolvedMigration queued(
            JavaMigration source, ResolvedMigration resolved, @Nullable StatementInterceptor interceptor) {
        if (interceptor != null) {
            return resolved;
        }
        var type = source.getClass();
        if (resolved.getType().isBaseline() || resolved.getType().isUndo()) {
            throw new FlywayException("Migration " + type.getName() + " is async and of type "
                    + resolved.getType().name()
                    + ". Only versioned and repeatable migrations can be async: a new database has nothing but its baseline"
                    + " to build on. Remove @Async.");
        }
        return FlywayInternals.withExecutor(resolved, new EnqueueExecutor(resolved, AsyncMarker.terms(type)));
    }

    @Override
    public List<Results> execute(Context context) throws SQLException {
        var configuration = context.getConfiguration();
        var entry = entry(configuration.getTable());
        JdbcEnqueuer.enqueue(context.getConnection(), entry);
        LOG.log(Level.INFO, "Queued async migration {0} ({1})", entry.key(), entry.script());
        AsyncMigrationResolver.in(configuration)
                .ifPresent(resolver -> resolver.listeners().enqueued());
        return List.of();
    }

    private NewEntry entry(String historyTable) {
        var version = migration.getVersion();
        return new NewEntry(
                historyTable,
                version == null ? null : version.toString(),
                FlywayInternals.abbreviate(migration.getDescription()),
                migration.getChecksum(),
                migration.getScript(),
                terms);
    }

    /** True whatever the migration says of itself: adding the entry is transactional. */
    @Override
    public boolean canExecuteInTransaction() {
        return true;
    }

    @Override
    public boolean shouldExecute() {
        return true;
    }
}

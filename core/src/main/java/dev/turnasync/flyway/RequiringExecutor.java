package dev.turnasync.flyway;

import dev.turnasync.jdbc.QueueName;
import java.sql.SQLException;
import java.util.List;
import org.flywaydb.core.api.executor.Context;
import org.flywaydb.core.api.executor.MigrationExecutor;
import org.flywaydb.core.api.migration.JavaMigration;
import org.flywaydb.core.api.resolver.ResolvedMigration;
import org.flywaydb.core.internal.jdbc.Results;
import org.flywaydb.core.internal.jdbc.StatementInterceptor;
import org.jspecify.annotations.Nullable;

/** Stands before a sync migration's own executor: checks what it requires, then lets it run. */
record RequiringExecutor(ResolvedMigration migration, Requirement requirement) implements MigrationExecutor {

    /** Puts the check before a resolved migration and keeps all else. A dry run keeps Flyway's own executor. */
    static ResolvedMigration checked(
            JavaMigration source, ResolvedMigration resolved, @Nullable StatementInterceptor interceptor) {
        if (interceptor != null) {
            return resolved;
        }
        return Requirement.of(source.getClass())
                .map(requirement ->
                        FlywayInternals.withExecutor(resolved, new RequiringExecutor(resolved, requirement)))
                .orElse(resolved);
    }

    @Override
    public List<Results> execute(Context context) throws SQLException {
        var configuration = context.getConfiguration();
        var name = QueueName.resolve(context.getConnection(), null, configuration.getTable());
        new RequirementCheck(label(), requirement, configuration, name).pass();
        return migration.getExecutor().execute(context);
    }

    private String label() {
        return (migration.getVersion() == null ? "R " : "V" + migration.getVersion() + " ")
                + migration.getDescription();
    }

    @Override
    public boolean canExecuteInTransaction() {
        return migration.getExecutor().canExecuteInTransaction();
    }

    @Override
    public boolean shouldExecute() {
        return migration.getExecutor().shouldExecute();
    }
}

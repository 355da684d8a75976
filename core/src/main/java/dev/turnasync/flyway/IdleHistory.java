package dev.turnasync.flyway;

import java.util.List;
import java.util.concurrent.Callable;
import org.flywaydb.core.api.MigrationPattern;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.output.RepairResult;
import org.flywaydb.core.api.resolver.ResolvedMigration;
import org.flywaydb.core.extensibility.AppliedMigration;
import org.flywaydb.core.extensibility.MigrationType;
import org.flywaydb.core.internal.schemahistory.SchemaHistory;
import org.jspecify.annotations.Nullable;

/**
 * The history that {@code migrate} sees on a node that does not migrate. It exists, so nothing is created; it is empty, so
 * nothing is compared with it; and its lock lets nobody do anything, so {@code migrate} applies 0 migrations and waits for
 * nobody.
 */
final class IdleHistory extends SchemaHistory {

    /** Returns the number of applied migrations, which is what Flyway's {@code migrate} does under its lock. */
    @Override
    @SuppressWarnings("unchecked")
    public <T> T lock(Callable<T> work) {
        return (T) Integer.valueOf(0);
    }

    @Override
    public boolean exists() {
        return true;
    }

    @Override
    public void create(boolean baseline) {
        throw notHere();
    }

    @Override
    public List<AppliedMigration> allAppliedMigrations() {
        return List.of();
    }

    @Override
    public boolean removeFailedMigrations(RepairResult result, MigrationPattern[] patterns) {
        throw notHere();
    }

    @Override
    public void update(AppliedMigration applied, ResolvedMigration resolved) {
        throw notHere();
    }

    @Override
    public void delete(AppliedMigration applied) {
        throw notHere();
    }

    @Override
    protected void doAddAppliedMigration(
            int installedRank,
            @Nullable MigrationVersion version,
            String description,
            MigrationType type,
            String script,
            @Nullable Integer checksum,
            int executionTime,
            boolean success) {
        throw notHere();
    }

    private static IllegalStateException notHere() {
        return new IllegalStateException("this node does not migrate, so it does not write Flyway's history");
    }
}

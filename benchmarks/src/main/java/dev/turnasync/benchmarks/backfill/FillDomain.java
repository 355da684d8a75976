package dev.turnasync.benchmarks.backfill;

import dev.turnasync.api.Async;
import dev.turnasync.resumable.Backfill;
import java.util.function.UnaryOperator;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.migration.Context;
import org.flywaydb.core.api.migration.JavaMigration;
import org.jspecify.annotations.Nullable;

/** The migration that is measured. */
@Async
final class FillDomain implements JavaMigration {

    static final String SET = "domain = split_part(email, '@', 2)";
    static final String WHERE = "domain IS NULL";

    private final UnaryOperator<Backfill> options;

    FillDomain(UnaryOperator<Backfill> options) {
        this.options = options;
    }

    @Override
    public MigrationVersion getVersion() {
        return MigrationVersion.fromVersion("1");
    }

    @Override
    public String getDescription() {
        return "fill domain";
    }

    @Override
    public @Nullable Integer getChecksum() {
        return null;
    }

    @Override
    public boolean canExecuteInTransaction() {
        return false;
    }

    @Override
    public void migrate(Context context) throws Exception {
        options.apply(Backfill.in(context).over("people").set(SET).where(WHERE)).run();
    }
}

package dev.turnasync.jobrunr;

import dev.turnasync.api.Async;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.migration.Context;
import org.flywaydb.core.api.migration.JavaMigration;
import org.jspecify.annotations.Nullable;

/** An async migration whose body the test gives. */
@Async
record Scripted(String number, String name, Body body) implements JavaMigration {

    /** What a migration does. */
    @FunctionalInterface
    interface Body {
        void run(Context context) throws Exception;
    }

    static Scripted of(String number, String name, Body body) {
        return new Scripted(number, name, body);
    }

    @Override
    public MigrationVersion getVersion() {
        return MigrationVersion.fromVersion(number);
    }

    @Override
    public String getDescription() {
        return name;
    }

    @Override
    public @Nullable Integer getChecksum() {
        return null;
    }

    @Override
    public boolean canExecuteInTransaction() {
        return true;
    }

    @Override
    public void migrate(Context context) throws Exception {
        body.run(context);
    }
}

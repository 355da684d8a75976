package dev.turnasync.flyway;

import dev.turnasync.api.Async;
import dev.turnasync.api.RequiresAsync;
import dev.turnasync.api.RequiresAsync.Otherwise;
import dev.turnasync.flyway.fixture.Ran;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.migration.Context;
import org.flywaydb.core.api.migration.JavaMigration;
import org.jspecify.annotations.Nullable;

/** Migration objects of version 9 that require others; {@link Plain} is the same without the annotation. */
final class Requiring {

    private Requiring() {}

    /** What they have in common. */
    abstract static class Nine implements JavaMigration {

        @Override
        public MigrationVersion getVersion() {
            return MigrationVersion.fromVersion("9");
        }

        @Override
        public String getDescription() {
            return "nine";
        }

        @Override
        public @Nullable Integer getChecksum() {
            return 99;
        }

        @Override
        public boolean canExecuteInTransaction() {
            return true;
        }

        @Override
        public void migrate(Context context) throws Exception {
            Ran.note(context, "nine");
        }
    }

    static final class Plain extends Nine {}

    @RequiresAsync("2")
    static final class Fails extends Nine {}

    @RequiresAsync(
            value = {"V2", "R__refresh totals"},
            otherwise = Otherwise.WAIT)
    static final class WaitsForTwo extends Nine {}

    @RequiresAsync(value = "2", otherwise = Otherwise.WAIT)
    static final class Waits extends Nine {}

    @RequiresAsync(value = "2", otherwise = Otherwise.WAIT, timeoutSeconds = 1)
    static final class WaitsShortly extends Nine {}

    @RequiresAsync(value = "2", otherwise = Otherwise.RUN_INLINE)
    static final class RunsInline extends Nine {}

    @RequiresAsync(value = "2", otherwise = Otherwise.RUN_INLINE, timeoutSeconds = 1)
    static final class RunsInlineShortly extends Nine {}

    @RequiresAsync("2")
    @Async(maxAttempts = 2)
    static final class IsAsync extends Nine {}

    @RequiresAsync({})
    static final class NamesNothing extends Nine {}

    @RequiresAsync(value = "2", timeoutSeconds = -1)
    static final class IsNegative extends Nine {}
}

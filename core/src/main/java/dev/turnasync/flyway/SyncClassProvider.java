package dev.turnasync.flyway;

import java.util.Collection;
import org.flywaydb.core.api.ClassProvider;
import org.flywaydb.core.api.migration.JavaMigration;

/** Gives Flyway all migration classes but the async ones and those that require such. */
record SyncClassProvider(MigrationClasses classes) implements ClassProvider<JavaMigration> {

    /**
     * Scans.
     *
     * @throws org.flywaydb.core.api.FlywayException if a class bears an {@code @Async} that is not TurnAsync's
     */
    @Override
    public Collection<Class<? extends JavaMigration>> getClasses() {
        var split = classes.scan();
        split.sync().forEach(AsyncMarker::check);
        split.async().forEach(AsyncMarker::check);
        split.requiring().forEach(AsyncMarker::check);
        return split.sync();
    }
}

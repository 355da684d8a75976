package dev.turnasync.sample;

import dev.turnasync.flyway.TurnAsyncConfigurationExtension;
import java.time.Duration;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.database.postgresql.PostgreSQLConfigurationExtension;

/**
 * What a deploy does to the database: {@code flyway migrate}.
 *
 * @param flyway the configured Flyway
 * @param migrations how many migrations were applied
 * @param took how long it took, from reading the class path to the last commit
 */
record Deploy(Flyway flyway, int migrations, Duration took) {

    /** Deploys with all defaults: TurnAsync is on the class path, and no more is needed. */
    static Deploy of(Release release, DataSource database) {
        return migrate(configuration(release, database));
    }

    /** Deploys as if nothing were async. */
    static Deploy inline(Release release, DataSource database) {
        var configuration = configuration(release, database);
        configuration
                .getConfigurationExtension(TurnAsyncConfigurationExtension.class)
                .setMode("inline");
        // Else CREATE INDEX CONCURRENTLY waits for Flyway's own open transaction, for ever.
        configuration
                .getConfigurationExtension(PostgreSQLConfigurationExtension.class)
                .setTransactionalLock(false);
        return migrate(configuration);
    }

    private static FluentConfiguration configuration(Release release, DataSource database) {
        return Flyway.configure().dataSource(database).locations(release.locations());
    }

    private static Deploy migrate(FluentConfiguration configuration) {
        var start = System.nanoTime();
        var flyway = configuration.load();
        var result = flyway.migrate();
        return new Deploy(flyway, result.migrationsExecuted, Duration.ofNanos(System.nanoTime() - start));
    }
}

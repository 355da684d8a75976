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
 * @param release what was deployed
 * @param flyway the configured Flyway
 * @param migrations how many migrations were applied
 * @param took how long it took, from reading the class path to the last commit
 */
record Deploy(Release release, Flyway flyway, int migrations, Duration took) {

    /** Deploys with all defaults: TurnAsync is on the class path, and no more is needed. */
    static Deploy of(Release release, DataSource database) {
        return migrate(release, configuration(release, database));
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
        return migrate(release, configuration);
    }

    static FluentConfiguration configuration(Release release, DataSource database) {
        return Flyway.configure().dataSource(database).locations(release.locations());
    }

    private static Deploy migrate(Release release, FluentConfiguration configuration) {
        var start = System.nanoTime();
        var flyway = configuration.load();
        var result = flyway.migrate();
        return new Deploy(release, flyway, result.migrationsExecuted, Duration.ofNanos(System.nanoTime() - start));
    }
}

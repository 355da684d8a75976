package dev.turnasync.sample;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.Waker;
import dev.turnasync.jobrunr.JobRunrAdapter;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.jobrunr.configuration.JobRunr;
import org.jobrunr.server.BackgroundJobServerConfiguration;
import org.jobrunr.storage.sql.postgres.PostgresStorageProvider;

/** JobRunr with its tables in the shop's database, which drives TurnAsync. */
final class JobRunrScheduler {

    static final int DASHBOARD = 8000;

    private static final Duration POLL_EVERY = Duration.ofSeconds(5);

    private JobRunrScheduler() {}

    static Waker.Watch start(AsyncMigrations async, DataSource database, boolean dashboard) throws SQLException {
        var adapter = JobRunrAdapter.of(async);
        // With its schema, or JobRunr takes tables of the same name in another schema for its own.
        var tables = new PostgresStorageProvider(database, Sql.text(database, "SELECT current_schema()") + ".");
        var jobRunr = JobRunr.configure()
                .useJobActivator(adapter.activator())
                .useStorageProvider(tables)
                .useBackgroundJobServer(BackgroundJobServerConfiguration.usingStandardBackgroundJobServerConfiguration()
                        .andPollInterval(POLL_EVERY))
                .useDashboardIf(dashboard, DASHBOARD)
                .initialize();
        adapter.start(jobRunr.getJobRequestScheduler(), JobRunr.getBackgroundJobServer());
        return () -> {
            adapter.close();
            async.close();
            JobRunr.destroy();
        };
    }
}

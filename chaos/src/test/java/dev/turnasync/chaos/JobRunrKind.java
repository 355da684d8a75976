package dev.turnasync.chaos;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.jobrunr.JobRunrAdapter;
import java.time.Duration;
import javax.sql.DataSource;
import org.jobrunr.jobs.mappers.JobMapper;
import org.jobrunr.scheduling.JobRequestScheduler;
import org.jobrunr.server.BackgroundJobServer;
import org.jobrunr.server.BackgroundJobServerConfiguration;
import org.jobrunr.storage.StorageProvider;
import org.jobrunr.storage.StorageProviderUtils.DatabaseOptions;
import org.jobrunr.storage.sql.postgres.PostgresStorageProvider;
import org.jobrunr.utils.mapper.jackson.JacksonJsonMapper;

/** Drains through JobRunr, whose tables are in the same database, and which shares the application's pool. */
final class JobRunrKind implements RunnerKind {

    private static final String PREFIX = "jobrunr.";

    private final AsyncMigrations async;
    private final JobRunrAdapter adapter;
    private final BackgroundJobServer server;

    JobRunrKind(Node node) {
        this.async = node.async();
        this.adapter = JobRunrAdapter.of(async);
        var mapper = new JacksonJsonMapper();
        var store = new PostgresStorageProvider(node.dataSource(), PREFIX, DatabaseOptions.SKIP_CREATE);
        store.setJobMapper(new JobMapper(mapper));
        this.server = new BackgroundJobServer(store, mapper, adapter.activator(), configuration(node.options()));
        start(store);
    }

    private void start(StorageProvider store) {
        server.start();
        adapter.start(new JobRequestScheduler(store), server);
    }

    private static BackgroundJobServerConfiguration configuration(RunnerOptions options) {
        var configuration = BackgroundJobServerConfiguration.usingStandardBackgroundJobServerConfiguration()
                .andInterruptJobsAwaitDurationOnStopBackgroundJobServer(Duration.ofSeconds(2))
                .andWorkerCount(2);
        // As fast as JobRunr lets anybody poll.
        return options.defaults() ? configuration : configuration.andPollInterval(Duration.ofSeconds(5));
    }

    static void createTables(DataSource dataSource) {
        Database.execute(dataSource, "CREATE SCHEMA jobrunr");
        new PostgresStorageProvider(dataSource, PREFIX).close();
    }

    @Override
    public void close() {
        adapter.close();
        async.close();
        server.stop();
    }
}

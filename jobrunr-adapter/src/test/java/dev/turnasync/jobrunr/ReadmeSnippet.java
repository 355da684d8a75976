package dev.turnasync.jobrunr;

import dev.turnasync.AsyncMigrations;
import org.flywaydb.core.Flyway;
import org.jobrunr.configuration.JobRunr;
import org.jobrunr.storage.StorageProvider;

/** The code that README shows. */
final class ReadmeSnippet {

    private ReadmeSnippet() {}

    static JobRunrAdapter start(Flyway flyway, StorageProvider storageProvider) {
        // tag::jobrunr[]
        var async = AsyncMigrations.of(flyway);
        var adapter = JobRunrAdapter.of(async);
        var jobRunr = JobRunr.configure()
                .useJobActivator(adapter.activator())
                .useStorageProvider(storageProvider)
                .useBackgroundJobServer()
                .initialize();
        adapter.start(jobRunr.getJobRequestScheduler(), JobRunr.getBackgroundJobServer());
        // end::jobrunr[]
        return adapter;
    }
}

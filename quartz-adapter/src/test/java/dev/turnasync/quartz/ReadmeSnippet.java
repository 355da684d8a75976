package dev.turnasync.quartz;

import dev.turnasync.AsyncMigrations;
import org.flywaydb.core.Flyway;
import org.quartz.Scheduler;

/** The code that README shows. */
final class ReadmeSnippet {

    private ReadmeSnippet() {}

    static QuartzAdapter start(Flyway flyway, Scheduler scheduler) {
        // tag::quartz[]
        var async = AsyncMigrations.of(flyway);
        var adapter = QuartzAdapter.of(async);
        adapter.start(scheduler); // your org.quartz.Scheduler, started or not
        // end::quartz[]
        return adapter;
    }
}

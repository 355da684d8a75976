package dev.turnasync.sample;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.Waker;
import dev.turnasync.quartz.QuartzAdapter;
import java.util.Properties;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.impl.StdSchedulerFactory;
import org.quartz.utils.DBConnectionManager;

/** Quartz with a clustered store in the shop's database, which drives TurnAsync. */
final class QuartzScheduler {

    private static final String SOURCE = "shop";

    private QuartzScheduler() {}

    static Waker.Watch start(AsyncMigrations async, DataSource database) throws SchedulerException {
        createTables(database);
        DBConnectionManager.getInstance().addConnectionProvider(SOURCE, new PoolConnections(database));
        var scheduler = new StdSchedulerFactory(settings()).getScheduler();
        scheduler.start();
        var adapter = QuartzAdapter.of(async);
        adapter.start(scheduler);
        return () -> {
            adapter.close();
            async.close();
            stop(scheduler);
        };
    }

    private static void stop(Scheduler scheduler) {
        try {
            scheduler.shutdown(true);
        } catch (SchedulerException e) {
            throw new IllegalStateException("Quartz did not stop", e);
        }
    }

    /** Quartz brings no migration of its own, and its script drops what is there; TurnAsync has one that only creates. */
    private static void createTables(DataSource database) {
        Flyway.configure()
                .dataSource(database)
                .locations("classpath:dev/turnasync/quartz/postgresql")
                .table("quartz_schema_history")
                .baselineOnMigrate(true)
                .load()
                .migrate();
    }

    private static Properties settings() {
        var settings = new Properties();
        settings.setProperty("org.quartz.scheduler.instanceName", "shop");
        settings.setProperty("org.quartz.scheduler.instanceId", "AUTO");
        settings.setProperty("org.quartz.scheduler.skipUpdateCheck", "true");
        settings.setProperty("org.quartz.threadPool.threadCount", "2");
        settings.setProperty("org.quartz.jobStore.class", "org.quartz.impl.jdbcjobstore.JobStoreTX");
        settings.setProperty(
                "org.quartz.jobStore.driverDelegateClass", "org.quartz.impl.jdbcjobstore.PostgreSQLDelegate");
        settings.setProperty("org.quartz.jobStore.useProperties", "true");
        settings.setProperty("org.quartz.jobStore.isClustered", "true");
        settings.setProperty("org.quartz.jobStore.dataSource", SOURCE);
        return settings;
    }
}

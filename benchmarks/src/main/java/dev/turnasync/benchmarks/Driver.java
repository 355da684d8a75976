package dev.turnasync.benchmarks;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.Waker;
import dev.turnasync.jobrunr.JobRunrAdapter;
import dev.turnasync.quartz.QuartzAdapter;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.jobrunr.configuration.JobRunr;
import org.jobrunr.storage.sql.postgres.PostgresStorageProvider;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.impl.StdSchedulerFactory;
import org.quartz.utils.ConnectionProvider;
import org.quartz.utils.DBConnectionManager;

/** What drives the worker; each with the defaults of its scheduler. */
enum Driver {
    /** A drain by hand: what the others are compared with. */
    DRAIN {
        @Override
        Waker.Watch start(AsyncMigrations async, DataSource pool) {
            async.drain();
            return () -> {};
        }
    },
    /** JobRunr, which polls every 15 seconds. */
    JOBRUNR {
        @Override
        Waker.Watch start(AsyncMigrations async, DataSource pool) {
            var adapter = JobRunrAdapter.of(async);
            var jobRunr = JobRunr.configure()
                    .useJobActivator(adapter.activator())
                    .useStorageProvider(new PostgresStorageProvider(pool))
                    .useBackgroundJobServer()
                    .initialize();
            adapter.start(jobRunr.getJobRequestScheduler());
            return () -> {
                adapter.close();
                JobRunr.destroy();
            };
        }
    },
    /** JobRunr as above, and the adapter knows its server. */
    JOBRUNR_WITH_SERVER {
        @Override
        Waker.Watch start(AsyncMigrations async, DataSource pool) {
            var adapter = JobRunrAdapter.of(async);
            var jobRunr = JobRunr.configure()
                    .useJobActivator(adapter.activator())
                    .useStorageProvider(new PostgresStorageProvider(pool))
                    .useBackgroundJobServer()
                    .initialize();
            adapter.start(jobRunr.getJobRequestScheduler(), JobRunr.getBackgroundJobServer());
            return () -> {
                adapter.close();
                JobRunr.destroy();
            };
        }
    },
    /** Quartz with a clustered store. */
    QUARTZ {
        @Override
        Waker.Watch start(AsyncMigrations async, DataSource pool) throws Exception {
            Flyway.configure()
                    .dataSource(pool)
                    .locations("classpath:dev/turnasync/quartz/postgresql")
                    .table("quartz_schema_history")
                    .baselineOnMigrate(true)
                    .load()
                    .migrate();
            DBConnectionManager.getInstance().addConnectionProvider("bench", new Connections(pool));
            var scheduler = new StdSchedulerFactory(quartz()).getScheduler();
            scheduler.start();
            var adapter = QuartzAdapter.of(async);
            adapter.start(scheduler);
            return () -> {
                adapter.close();
                stop(scheduler);
            };
        }
    };

    private static void stop(Scheduler scheduler) {
        try {
            scheduler.shutdown(true);
        } catch (SchedulerException e) {
            throw new IllegalStateException("Quartz did not stop", e);
        }
    }

    /** From now on the queue is worked on. */
    abstract Waker.Watch start(AsyncMigrations async, DataSource pool) throws Exception;

    private static Properties quartz() {
        var settings = new Properties();
        settings.setProperty("org.quartz.scheduler.instanceName", "bench");
        settings.setProperty("org.quartz.scheduler.instanceId", "AUTO");
        settings.setProperty("org.quartz.threadPool.threadCount", "10");
        settings.setProperty("org.quartz.jobStore.class", "org.quartz.impl.jdbcjobstore.JobStoreTX");
        settings.setProperty(
                "org.quartz.jobStore.driverDelegateClass", "org.quartz.impl.jdbcjobstore.PostgreSQLDelegate");
        settings.setProperty("org.quartz.jobStore.useProperties", "true");
        settings.setProperty("org.quartz.jobStore.isClustered", "true");
        settings.setProperty("org.quartz.jobStore.dataSource", "bench");
        return settings;
    }

    /** Lets Quartz use the pool. */
    private record Connections(DataSource pool) implements ConnectionProvider {

        @Override
        public Connection getConnection() throws SQLException {
            return pool.getConnection();
        }

        @Override
        public void initialize() {
            // The pool is open.
        }

        @Override
        public void shutdown() {
            // The pool is closed by its owner.
        }
    }
}

package dev.turnasync.chaos;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.quartz.QuartzAdapter;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.impl.StdSchedulerFactory;
import org.quartz.utils.ConnectionProvider;
import org.quartz.utils.DBConnectionManager;

/** Drains through Quartz, whose clustered store is in the same database, and which shares the application's pool. */
final class QuartzKind implements RunnerKind {

    private static final String SCHEMA = "quartz";

    private final AsyncMigrations async;
    private final QuartzAdapter adapter;
    private final Scheduler scheduler;

    private QuartzKind(AsyncMigrations async, Scheduler scheduler) {
        this.async = async;
        this.scheduler = scheduler;
        this.adapter = QuartzAdapter.of(async);
    }

    /** Where the database is away a process manager would start the process again and again. */
    static QuartzKind start(Node node) {
        try {
            DBConnectionManager.getInstance().addConnectionProvider(SCHEMA, new Connections(node.dataSource()));
            var scheduler = new StdSchedulerFactory(settings(node.options())).getScheduler();
            scheduler.start();
            var kind = new QuartzKind(node.async(), scheduler);
            kind.adapter.start(scheduler);
            return kind;
        } catch (SchedulerException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Properties settings(RunnerOptions options) {
        var settings = new Properties();
        settings.setProperty("org.quartz.scheduler.instanceName", "chaos");
        settings.setProperty("org.quartz.scheduler.instanceId", "AUTO");
        settings.setProperty("org.quartz.threadPool.threadCount", "2");
        settings.setProperty("org.quartz.jobStore.class", "org.quartz.impl.jdbcjobstore.JobStoreTX");
        settings.setProperty(
                "org.quartz.jobStore.driverDelegateClass", "org.quartz.impl.jdbcjobstore.PostgreSQLDelegate");
        settings.setProperty("org.quartz.jobStore.useProperties", "true");
        settings.setProperty("org.quartz.jobStore.isClustered", "true");
        settings.setProperty("org.quartz.jobStore.dataSource", SCHEMA);
        settings.setProperty("org.quartz.jobStore.tablePrefix", SCHEMA + ".qrtz_");
        if (!options.defaults()) {
            settings.setProperty("org.quartz.jobStore.clusterCheckinInterval", "1500");
            settings.setProperty("org.quartz.jobStore.dbRetryInterval", "500");
            settings.setProperty("org.quartz.scheduler.dbFailureRetryInterval", "500");
        }
        return settings;
    }

    static void createTables(DataSource dataSource) {
        Flyway.configure()
                .dataSource(dataSource)
                .schemas(SCHEMA)
                .locations("classpath:dev/turnasync/quartz/postgresql")
                .load()
                .migrate();
    }

    @Override
    public void close() {
        adapter.close();
        async.close();
        try {
            scheduler.shutdown(true);
        } catch (SchedulerException e) {
            throw new IllegalStateException(e);
        }
    }

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
            // The runner closes the pool.
        }
    }
}

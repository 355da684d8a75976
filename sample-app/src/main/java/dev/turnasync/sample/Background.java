package dev.turnasync.sample;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.MigrationListener;
import dev.turnasync.api.MigrationQueue;
import dev.turnasync.jobrunr.JobRunrAdapter;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.jobrunr.configuration.JobRunr;
import org.jobrunr.server.BackgroundJobServerConfiguration;
import org.jobrunr.storage.sql.postgres.PostgresStorageProvider;

/** The running shop: a connection pool, JobRunr with its tables in the shop's database, and TurnAsync, which JobRunr drives. */
final class Background implements AutoCloseable {

    static final int DASHBOARD = 8000;

    private static final Duration POLL_EVERY = Duration.ofSeconds(5);

    private final HikariDataSource pool;
    private final AsyncMigrations async;
    private final JobRunrAdapter adapter;

    private Background(HikariDataSource pool, AsyncMigrations async) {
        this.pool = pool;
        this.async = async;
        this.adapter = JobRunrAdapter.of(async);
    }

    static Background of(Flyway flyway, DataSource database, MigrationListener listener) {
        var settings = new HikariConfig();
        settings.setDataSource(database);
        var pool = new HikariDataSource(settings);
        var async = AsyncMigrations.builder(flyway)
                .dataSource(pool)
                .onEvent(listener)
                .build();
        return new Background(pool, async);
    }

    MigrationQueue queue() {
        return async.queue();
    }

    /** From now on JobRunr works on the queue. */
    void start(boolean dashboard) throws SQLException {
        // With its schema, or JobRunr takes tables of the same name in another schema for its own.
        var tables = new PostgresStorageProvider(pool, Sql.text(pool, "SELECT current_schema()") + ".");
        var jobRunr = JobRunr.configure()
                .useJobActivator(adapter.activator())
                .useStorageProvider(tables)
                .useBackgroundJobServer(BackgroundJobServerConfiguration.usingStandardBackgroundJobServerConfiguration()
                        .andPollInterval(POLL_EVERY))
                .useDashboardIf(dashboard, DASHBOARD)
                .initialize();
        adapter.start(jobRunr.getJobRequestScheduler());
    }

    /** Stops in the order in which nothing is left half done: no new jobs, the running migration, JobRunr, the connections. */
    @Override
    public void close() {
        adapter.close();
        async.close();
        JobRunr.destroy();
        pool.close();
    }
}

package dev.turnasync.sample;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.turnasync.AsyncMigrations;
import dev.turnasync.AsyncMigrationsBuilder;
import dev.turnasync.api.MigrationQueue;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.api.Waker;
import java.util.List;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;

/** A running shop: a connection pool, TurnAsync, and what wakes it, with its tables in the shop's database. */
final class Node implements Background {

    private final HikariDataSource pool;
    private final AsyncMigrations async;
    private final WorkerKind kind;
    private final boolean dashboard;
    private Waker.@Nullable Watch scheduler;

    private Node(HikariDataSource pool, AsyncMigrations async, WorkerKind kind, boolean dashboard) {
        this.pool = pool;
        this.async = async;
        this.kind = kind;
        this.dashboard = dashboard;
    }

    static Node of(Flyway flyway, DataSource database, Choice choice, UnaryOperator<AsyncMigrationsBuilder> options) {
        var settings = new HikariConfig();
        settings.setDataSource(database);
        var pool = new HikariDataSource(settings);
        var async =
                options.apply(AsyncMigrations.builder(flyway).dataSource(pool)).build();
        return new Node(pool, async, choice.worker(), choice.dashboard());
    }

    @Override
    public MigrationQueue queue() {
        return async.queue();
    }

    @Override
    public void start() throws Exception {
        scheduler = switch (kind) {
            case JOBRUNR -> JobRunrScheduler.start(async, pool, dashboard);
            case QUARTZ -> QuartzScheduler.start(async, pool);
            case NONE -> async.watch(head -> async.drain());
        };
    }

    @Override
    public void look(List<QueueEntry> entries) {
        // It works by itself.
    }

    /** Stops in the order in which nothing is left half done: no new work, the running migration, the scheduler, the connections. */
    @Override
    public void close() {
        if (scheduler != null) {
            scheduler.close();
        }
        async.close();
        pool.close();
    }
}

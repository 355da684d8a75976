package dev.turnasync.quartz;

import com.zaxxer.hikari.HikariDataSource;
import dev.turnasync.database.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.UUID;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.impl.SchedulerRepository;
import org.quartz.impl.StdSchedulerFactory;
import org.quartz.impl.jdbcjobstore.JobStoreTX;
import org.quartz.impl.jdbcjobstore.PostgreSQLDelegate;
import org.quartz.simpl.RAMJobStore;
import org.quartz.utils.ConnectionProvider;
import org.quartz.utils.DBConnectionManager;

/** Makes Quartz schedulers and shuts them down: each with its own memory, or all over one clustered store. */
final class Schedulers implements AutoCloseable {

    private final String name;
    private final Properties store;
    private final Runnable onClose;
    private final List<Scheduler> made = new ArrayList<>();

    private Schedulers(String name, Properties store, Runnable onClose) {
        this.name = name;
        this.store = store;
        this.onClose = onClose;
    }

    static Schedulers inMemory() {
        var store = new Properties();
        store.setProperty("org.quartz.jobStore.class", RAMJobStore.class.getName());
        return new Schedulers(newName(), store, () -> {});
    }

    /** With the tables that our migration makes. */
    static Schedulers clustered(TestDatabase database) {
        Flyway.configure()
                .dataSource(database.dataSource())
                .locations("classpath:dev/turnasync/quartz/postgresql")
                .table("quartz_history")
                .baselineOnMigrate(true)
                .load()
                .migrate();
        return withoutTables(database);
    }

    static Schedulers withoutTables(TestDatabase database) {
        return over(newName(), database.dataSource());
    }

    /** Nodes in several processes share a store under one name. */
    static Schedulers over(String name, DataSource database) {
        var pool = new HikariDataSource();
        pool.setDataSource(database);
        pool.setMaximumPoolSize(20);
        return new Schedulers(name, clustered(name, pool), pool::close);
    }

    private static String newName() {
        return "quartz-" + UUID.randomUUID();
    }

    private static Properties clustered(String name, DataSource source) {
        DBConnectionManager.getInstance().addConnectionProvider(name, new Connections(source));
        var store = new Properties();
        store.setProperty("org.quartz.scheduler.instanceId", "AUTO");
        store.setProperty("org.quartz.scheduler.idleWaitTime", "1000");
        store.setProperty("org.quartz.jobStore.class", JobStoreTX.class.getName());
        store.setProperty("org.quartz.jobStore.driverDelegateClass", PostgreSQLDelegate.class.getName());
        store.setProperty("org.quartz.jobStore.isClustered", "true");
        store.setProperty("org.quartz.jobStore.clusterCheckinInterval", "1000");
        store.setProperty("org.quartz.jobStore.dataSource", name);
        return store;
    }

    /** Leaves the pool open, which the other nodes use. */
    private record Connections(DataSource source) implements ConnectionProvider {

        @Override
        public Connection getConnection() throws SQLException {
            return source.getConnection();
        }

        @Override
        public void initialize() {}

        @Override
        public void shutdown() {}
    }

    String name() {
        return name;
    }

    /** Changes a property of the schedulers that are made from now on. */
    Schedulers with(String property, String value) {
        store.setProperty(property, value);
        return this;
    }

    Scheduler make() {
        var properties = new Properties();
        properties.putAll(store);
        properties.setProperty("org.quartz.scheduler.instanceName", name);
        properties.putIfAbsent("org.quartz.threadPool.threadCount", "5");
        try {
            var scheduler = new StdSchedulerFactory(properties).getScheduler();
            // Or the next factory would find this one by its name.
            SchedulerRepository.getInstance().remove(name);
            made.add(scheduler);
            return scheduler;
        } catch (SchedulerException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The schedulers that were made and not shut down. */
    List<Scheduler> running() {
        return made.stream().filter(Schedulers::isRunning).toList();
    }

    private static boolean isRunning(Scheduler scheduler) {
        try {
            return !scheduler.isShutdown();
        } catch (SchedulerException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        try {
            for (var scheduler : running()) {
                scheduler.shutdown(true);
            }
        } catch (SchedulerException e) {
            throw new IllegalStateException(e);
        } finally {
            onClose.run();
        }
    }
}

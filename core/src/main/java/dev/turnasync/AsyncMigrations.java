package dev.turnasync;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.DrainResult;
import dev.turnasync.api.MigrationListener;
import dev.turnasync.api.MigrationQueue;
import dev.turnasync.api.MigrationWorker;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.api.RetryPolicy;
import dev.turnasync.api.Waker;
import dev.turnasync.flyway.FlywayMigrationRunner;
import dev.turnasync.flyway.MigrationRegistry;
import dev.turnasync.jdbc.JdbcMigrationQueue;
import dev.turnasync.jdbc.JdbcQueueStore;
import dev.turnasync.jdbc.QueueName;
import dev.turnasync.jdbc.QueueNames;
import dev.turnasync.spi.MigrationRunner;
import dev.turnasync.spi.QueueStore;
import dev.turnasync.worker.Watcher;
import dev.turnasync.worker.WorkerSettings;
import dev.turnasync.worker.Workers;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.Configuration;
import org.jspecify.annotations.Nullable;

/**
 * The one door to the queue of a Flyway instance: its {@link #queue()} for operators, its {@link #worker()} that drains it, and
 * watchers that wake a scheduler.
 *
 * <pre>{@code
 * try (var async = AsyncMigrations.of(flyway)) {
 *     async.drain();
 * }
 * }</pre>
 *
 * Safe for use by many threads.
 */
public final class AsyncMigrations implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(AsyncMigrations.class.getName());

    private final QueueName name;
    private final Pools pools;
    private final QueueStore store;
    private final MigrationRunner runner;
    private final MigrationRegistry registry;
    private final MigrationQueue queue;
    private final MigrationWorker worker;
    private final Listeners listeners;
    private final WorkerSettings settings;
    private final @Nullable String shard;
    private final RetryPolicy retryPolicy;
    private final Map<Watcher, Waker.Watch> watchers = new ConcurrentHashMap<>();
    private final @Nullable Thread shutdownHook;

    AsyncMigrations(AsyncMigrationsBuilder options) {
        var configuration = options.flyway.getConfiguration();
        var dataSource = dataSource(options.dataSource, configuration);
        this.name = QueueNames.of(dataSource, schema(configuration), configuration.getTable());
        this.registry = MigrationRegistry.of(configuration);
        this.pools = new Pools(
                dataSource,
                options.leaseDataSource == null ? dataSource : options.leaseDataSource,
                options.listenDataSource);
        this.store = new JdbcQueueStore(pools.leases(), name);
        this.runner = new FlywayMigrationRunner(configuration, dataSource, name);
        this.queue = new HintingQueue(
                new JdbcMigrationQueue(dataSource, name, new RegistryCatalog(registry, name.historyTable())),
                () -> watchers.keySet().forEach(Watcher::hint));
        this.listeners = new Listeners(new LoggingListener(options.shard), options.listeners);
        this.settings = options.settings(listeners);
        this.shard = options.shard;
        this.retryPolicy = options.retryPolicy;
        this.worker = Workers.worker(store, runner, settings);
        this.shutdownHook = options.stopOnShutdown ? hook(worker) : null;
    }

    /**
     * Returns the queue and worker of a Flyway instance, with all defaults.
     *
     * @param flyway a configured Flyway
     * @return the queue and its worker
     * @throws AsyncMigrationException if the database cannot be reached or is not supported
     */
    public static AsyncMigrations of(Flyway flyway) {
        return builder(flyway).build();
    }

    /**
     * Returns a builder for the queue and worker of a Flyway instance.
     *
     * @param flyway a configured Flyway
     * @return the builder
     */
    public static AsyncMigrationsBuilder builder(Flyway flyway) {
        return new AsyncMigrationsBuilder(flyway);
    }

    /**
     * Returns the name of the queue: the schema and the table of Flyway's history, behind the shard's id where there is one.
     *
     * @return for example {@code public.flyway_schema_history} or {@code eu-1/public.flyway_schema_history}
     */
    public String queueName() {
        return shard == null ? name.toString() : shard + "/" + name;
    }

    /**
     * Returns the shard that the queue is in.
     *
     * @return the id; empty where {@link AsyncMigrationsBuilder#shard(String)} named none
     */
    public Optional<String> shard() {
        return Optional.ofNullable(shard);
    }

    /**
     * Returns the operator's view.
     *
     * @return the queue
     */
    public MigrationQueue queue() {
        return queue;
    }

    /**
     * Returns the worker of this node.
     *
     * @return the worker; always the same
     */
    public MigrationWorker worker() {
        return worker;
    }

    /**
     * Returns how this node repeats failed attempts.
     *
     * @return the policy
     */
    public RetryPolicy retryPolicy() {
        return retryPolicy;
    }

    /**
     * Runs entries until none is due or the queue blocks: short for {@code worker().drain()}.
     *
     * @return what was done and why it ended
     * @throws AsyncMigrationException if the database cannot be reached or its tables do not fit
     */
    public DrainResult drain() {
        return worker.drain();
    }

    /**
     * Runs entries as {@link #drain()} does, and waits for what passes by itself, such as the lease of a worker that was killed:
     * short for {@link MigrationWorker#drain(int, Duration) worker().drain(Integer.MAX_VALUE, wait)}. For jobs that run once.
     *
     * @param wait how long to wait at most in all; the time in which entries run does not count
     * @return what was done and why it ended: the obstacle where the time was up
     * @throws AsyncMigrationException if the database cannot be reached when the time is up, or its tables do not fit
     */
    public DrainResult drain(Duration wait) {
        return worker.drain(Integer.MAX_VALUE, wait);
    }

    /**
     * Starts a watcher, which wakes somebody whenever the head of the queue is due, its class is on this node and no worker holds
     * the lease: soon after a {@code migrate} in this JVM, when a backoff or a dead worker's lease ends, and by a look every so
     * often.
     *
     * @param waker whom to wake
     * @return ends the watching
     * @throws AsyncMigrationException if a connection pool is too small for a worker; the message names it and its size
     */
    public Waker.Watch watch(Waker waker) {
        pools.requireRoom();
        var watcher = Workers.watcher(store, runner, head -> wake(waker, head), settings);
        var hints = registry.onEnqueued(watcher::hint);
        var notifications = pools.listen(name, watcher::hint);
        watchers.put(watcher, () -> {
            notifications.close();
            hints.close();
        });
        return () -> end(watcher);
    }

    /** A worker that hangs would come in vain; the watchers of other nodes wake theirs. */
    private void wake(Waker waker, QueueEntry head) {
        if (!worker.isHung()) {
            waker.wake(head);
        }
    }

    /**
     * Adds a listener while the worker lives.
     *
     * @param listener hears what the worker does
     * @return removes the listener
     */
    public Waker.Watch onEvent(MigrationListener listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /** Ends the watchers and stops the worker; a running entry is handed back. */
    @Override
    public void close() {
        stop();
        if (shutdownHook != null) {
            try {
                Runtime.getRuntime().removeShutdownHook(shutdownHook);
            } catch (IllegalStateException e) {
                LOG.log(System.Logger.Level.DEBUG, "the JVM ends already", e);
            }
        }
    }

    private void stop() {
        watchers.keySet().forEach(this::end);
        worker.close();
    }

    private void end(Watcher watcher) {
        var hints = watchers.remove(watcher);
        if (hints != null) {
            hints.close();
            watcher.close();
        }
    }

    private static Thread hook(MigrationWorker worker) {
        var hook = new Thread(worker::close, "turnasync-shutdown");
        Runtime.getRuntime().addShutdownHook(hook);
        return hook;
    }

    private static DataSource dataSource(@Nullable DataSource own, Configuration configuration) {
        var dataSource = own == null ? configuration.getDataSource() : own;
        if (dataSource == null) {
            throw new AsyncMigrationException(
                    "Flyway has no data source; configure one before AsyncMigrations.of(flyway)");
        }
        return dataSource;
    }

    /** The schema of Flyway's history, as Flyway chooses it; null for the connection's own. */
    private static @Nullable String schema(Configuration configuration) {
        if (configuration.getDefaultSchema() != null) {
            return configuration.getDefaultSchema();
        }
        return configuration.getSchemas().length == 0 ? null : configuration.getSchemas()[0];
    }
}

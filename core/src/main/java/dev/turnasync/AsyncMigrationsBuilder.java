package dev.turnasync;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.MigrationListener;
import dev.turnasync.api.RetryPolicy;
import dev.turnasync.worker.WorkerSettings;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;

/** Every option of {@link AsyncMigrations}, with its default. For use by one thread. */
public final class AsyncMigrationsBuilder {

    /** How long a lease lasts by default unless it is renewed. */
    public static final Duration DEFAULT_LEASE = Duration.ofSeconds(30);

    /** How often watchers look at the queue by default. */
    public static final Duration DEFAULT_WATCH_EVERY = Duration.ofSeconds(10);

    /** How long a stopping worker lets a migration go on by default before its statement is cancelled. */
    public static final Duration DEFAULT_STOP_GRACE = Duration.ofSeconds(5);

    final Flyway flyway;
    final List<MigrationListener> listeners = new ArrayList<>();

    @Nullable
    DataSource dataSource;

    @Nullable
    DataSource leaseDataSource;

    @Nullable
    DataSource listenDataSource;

    @Nullable
    String shard;

    boolean endsWithLease;
    private Duration watchEvery = DEFAULT_WATCH_EVERY;
    boolean stopOnShutdown = true;
    private String workerId = ManagementFactory.getRuntimeMXBean().getName() + "/"
            + UUID.randomUUID().toString().substring(0, 8);
    private Duration leaseFor = DEFAULT_LEASE;
    private Duration stopGrace = DEFAULT_STOP_GRACE;
    RetryPolicy retryPolicy = RetryPolicy.ofDefaults();

    AsyncMigrationsBuilder(Flyway flyway) {
        this.flyway = flyway;
    }

    /**
     * Sets where the connections that run migrations come from. Defaults to Flyway's data source.
     *
     * @param source the data source
     * @return this builder
     */
    public AsyncMigrationsBuilder dataSource(DataSource source) {
        this.dataSource = source;
        return this;
    }

    /**
     * Sets where the connections that keep leases come from, so that they need nothing from the application's pool. Defaults to
     * the data source that runs migrations.
     *
     * @param source the data source
     * @return this builder
     */
    public AsyncMigrationsBuilder leaseDataSource(DataSource source) {
        this.leaseDataSource = source;
        return this;
    }

    /**
     * Sets where the connection comes from that listens, by PostgreSQL's {@code LISTEN}, for what other nodes queue, retry or give
     * back, so that it starts at once. One connection is kept while something watches; it must not lead through a pooler in
     * transaction mode. Defaults to none: then watchers see it at their next look.
     *
     * @param source the data source; of PostgreSQL's own driver
     * @return this builder
     */
    public AsyncMigrationsBuilder listenDataSource(DataSource source) {
        this.listenDataSource = source;
        return this;
    }

    /**
     * Names the shard that the queue is in, for applications with several databases of one kind. The id becomes part of the
     * queue's name, as in {@code eu-1/public.flyway_schema_history}, and of the worker's id; logs and threads bear it, and one
     * scheduler keeps the queues of many shards apart. All nodes of a fleet must name a shard alike. Defaults to none.
     *
     * @param id letters, digits, {@code .}, {@code _} and {@code -}, at most 60 characters
     * @return this builder
     * @throws IllegalArgumentException if the id is none
     */
    public AsyncMigrationsBuilder shard(String id) {
        this.shard = ShardIds.require(id);
        return this;
    }

    /**
     * Sets the id that is stored with attempts and leases; unique in the fleet. Defaults to process id, host and a random part.
     *
     * @param id the worker's id
     * @return this builder
     */
    public AsyncMigrationsBuilder workerId(String id) {
        this.workerId = id;
        return this;
    }

    /**
     * Sets how long a lease lasts unless it is renewed, which happens three times in that span. The time until another worker
     * takes over from a dead one follows from it. Defaults to {@link #DEFAULT_LEASE}.
     *
     * @param duration at least one second
     * @return this builder
     */
    public AsyncMigrationsBuilder leaseFor(Duration duration) {
        this.leaseFor = duration;
        return this;
    }

    /**
     * Sets how often a watcher looks at the queue. Defaults to {@link #DEFAULT_WATCH_EVERY}.
     *
     * @param duration more than zero
     * @return this builder
     */
    public AsyncMigrationsBuilder watchEvery(Duration duration) {
        this.watchEvery = duration;
        return this;
    }

    /**
     * Sets how long a stopping worker lets a migration go on before its statement is cancelled. Defaults to
     * {@link #DEFAULT_STOP_GRACE}.
     *
     * @param duration not negative
     * @return this builder
     */
    public AsyncMigrationsBuilder stopGrace(Duration duration) {
        this.stopGrace = duration;
        return this;
    }

    /**
     * Sets how failed attempts are repeated. Defaults to {@link RetryPolicy#ofDefaults()}.
     *
     * @param policy the policy
     * @return this builder
     */
    public AsyncMigrationsBuilder retryPolicy(RetryPolicy policy) {
        this.retryPolicy = policy;
        return this;
    }

    /**
     * Adds a listener. Defaults to one that logs through {@link System.Logger}, which always stays.
     *
     * @param listener hears what the worker does
     * @return this builder
     */
    public AsyncMigrationsBuilder onEvent(MigrationListener listener) {
        this.listeners.add(listener);
        return this;
    }

    /**
     * Leaves the end of the JVM to the application, which must then close {@link AsyncMigrations} itself. Defaults to a shutdown
     * hook that hands a running entry back.
     *
     * @return this builder
     */
    public AsyncMigrationsBuilder leaveShutdownToApplication() {
        this.stopOnShutdown = false;
        return this;
    }

    /**
     * Lets a drain end with an error when the database stays away until the lease has run out: for those who drain many
     * databases. Defaults to waiting for the database.
     */
    AsyncMigrationsBuilder endWithLease() {
        this.endsWithLease = true;
        return this;
    }

    /**
     * Connects once, to learn the database and the schema of Flyway's history.
     *
     * @return the queue and its worker
     * @throws IllegalArgumentException if an option is out of its range
     * @throws AsyncMigrationException if the database cannot be reached or is not supported
     */
    public AsyncMigrations build() {
        require(leaseFor.compareTo(Duration.ofSeconds(1)) >= 0, "leaseFor must be at least 1 s: " + leaseFor);
        require(!watchEvery.isNegative() && !watchEvery.isZero(), "watchEvery must be more than zero: " + watchEvery);
        require(!stopGrace.isNegative(), "stopGrace must not be negative: " + stopGrace);
        require(!workerId.isBlank(), "workerId must not be blank");
        return new AsyncMigrations(this);
    }

    WorkerSettings settings(MigrationListener all) {
        var id = shard == null ? workerId : shard + "/" + workerId;
        return new WorkerSettings(
                id, shard, leaseFor, leaseFor.dividedBy(3), watchEvery, endsWithLease, stopGrace, retryPolicy, all);
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }
}

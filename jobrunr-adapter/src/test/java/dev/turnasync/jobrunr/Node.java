package dev.turnasync.jobrunr;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.AsyncMigrationsBuilder;
import dev.turnasync.api.RetryPolicy;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.UnaryOperator;
import org.flywaydb.core.Flyway;
import org.jobrunr.scheduling.JobRequestScheduler;
import org.jobrunr.server.BackgroundJobServer;
import org.jobrunr.server.BackgroundJobServerConfiguration;
import org.jobrunr.storage.InMemoryStorageProvider;
import org.jspecify.annotations.Nullable;

/** One node of the fleet: an adapter and a background job server of its own, both started by the test. */
final class Node implements AutoCloseable {

    static final Duration WATCH_EVERY = Duration.ofMillis(200);

    private static final int WORKERS = 8;

    final AsyncMigrations async;
    final JobRunrAdapter adapter;
    final BackgroundJobServer server;
    private final Store store;

    private Node(Flyway flyway, Store store, Options options) {
        this.store = store;
        this.async = options.async
                .apply(AsyncMigrations.builder(flyway)
                        .watchEvery(WATCH_EVERY)
                        .stopGrace(Duration.ofMillis(100))
                        .leaveShutdownToApplication())
                .build();
        this.adapter = new JobRunrAdapter(java.util.List.of(async), options.clock);
        this.server = new BackgroundJobServer(
                store.provider(),
                store.mapper(),
                adapter.activator(),
                BackgroundJobServerConfiguration.usingStandardBackgroundJobServerConfiguration()
                        .andPollInterval(options.poll == null ? shortestPoll(store) : options.poll)
                        // So that a slow machine is not taken for a dead server.
                        .andServerTimeoutPollIntervalMultiplicand(100)
                        .andWorkerCount(WORKERS)
                        .andInterruptJobsAwaitDurationOnStopBackgroundJobServer(Duration.ofSeconds(2)));
    }

    /** What a node is made with. */
    record Options(
            UnaryOperator<AsyncMigrationsBuilder> async,
            InstantSource clock,
            @Nullable Duration poll) {

        static Options ofDefaults() {
            return new Options(builder -> builder, InstantSource.system(), null);
        }

        Options clock(InstantSource other) {
            return new Options(async, other, poll);
        }

        Options poll(Duration every) {
            return new Options(async, clock, every);
        }

        Options retryPolicy(RetryPolicy policy) {
            return new Options(builder -> builder.retryPolicy(policy), clock, poll);
        }
    }

    static Node of(Flyway flyway, Store store) {
        return of(flyway, store, Options.ofDefaults());
    }

    static Node of(Flyway flyway, Store store, Options options) {
        return new Node(flyway, store, options);
    }

    Node start() {
        server.start();
        return startAdapter();
    }

    /** As an application should: the adapter looks after the server. */
    Node startTogether() {
        server.start();
        adapter.start(new JobRequestScheduler(store.provider()), server);
        return this;
    }

    /** Without the server: a node that enqueues jobs and runs none. */
    Node startAdapter() {
        adapter.start(new JobRequestScheduler(store.provider()));
        return this;
    }

    private static Duration shortestPoll(Store store) {
        return store.provider() instanceof InMemoryStorageProvider ? Duration.ofMillis(200) : Duration.ofSeconds(5);
    }

    @Override
    public void close() {
        adapter.close();
        async.close();
        server.stop();
    }
}

package dev.turnasync.worker;

import dev.turnasync.api.MigrationListener;
import dev.turnasync.api.MigrationWorker;
import dev.turnasync.api.RetryPolicy;
import dev.turnasync.spi.InlineWorkers;
import dev.turnasync.spi.MigrationRunner;
import dev.turnasync.spi.QueueStore;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.UUID;

/** Makes workers with the defaults, for a {@code migrate} that drains the queue itself. */
public final class MigrateWorkers implements InlineWorkers {

    private static final Duration LEASE = Duration.ofSeconds(30);
    private static final Duration WATCH_EVERY = Duration.ofSeconds(10);
    private static final Duration STOP_GRACE = Duration.ofSeconds(5);

    /** Called by {@link java.util.ServiceLoader}. */
    public MigrateWorkers() {
        // Spelled out because ServiceLoader wants it public.
    }

    @Override
    public MigrationWorker worker(QueueStore store, MigrationRunner runner, MigrationListener listener) {
        var id = ManagementFactory.getRuntimeMXBean().getName() + "/migrate-"
                + UUID.randomUUID().toString().substring(0, 8);
        return Workers.worker(
                store,
                runner,
                new WorkerSettings(
                        id,
                        null,
                        LEASE,
                        LEASE.dividedBy(3),
                        WATCH_EVERY,
                        true,
                        STOP_GRACE,
                        RetryPolicy.ofDefaults(),
                        listener));
    }
}

package dev.turnasync.benchmarks.backfill;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.MigrationListener.Event;
import dev.turnasync.resumable.Backfill;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

/** Queues the migration as a deploy does, and drains the queue with a worker in this JVM. */
final class RealWorker implements AutoCloseable {

    private final AtomicReference<Duration> run = new AtomicReference<>();
    private final AsyncMigrations async;

    RealWorker(DataSource pool, UnaryOperator<Backfill> options) {
        var flyway = Flyway.configure()
                .dataSource(pool)
                .locations("classpath:dev/turnasync/nothing")
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .javaMigrations(new FillDomain(options))
                .load();
        flyway.migrate();
        async = AsyncMigrations.builder(flyway)
                .onEvent(event -> {
                    if (event instanceof Event.Succeeded succeeded) {
                        run.set(succeeded.took());
                    } else if (event instanceof Event.AttemptFailed failed) {
                        throw new IllegalStateException("the backfill failed", failed.failure());
                    }
                })
                .build();
    }

    /** Returns how long the drain took, from its call to its return. */
    Duration drain() {
        var start = System.nanoTime();
        var result = async.drain();
        var took = Duration.ofNanos(System.nanoTime() - start);
        if (run.get() == null) {
            throw new IllegalStateException("the backfill did not succeed: " + result);
        }
        return took;
    }

    /** Returns how long the entry ran, claim and settlement left out. */
    Duration run() {
        return run.get();
    }

    @Override
    public void close() {
        async.close();
    }
}

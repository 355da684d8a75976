package dev.turnasync.chaos;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.awaitility.core.ConditionTimeoutException;

/** What an event happens to. Its second halves, such as waking a frozen process, come later. For use by one thread. */
final class Scene implements AutoCloseable {

    /** After so long any runner will do. */
    private static final Duration NOBODY_WORKS = Duration.ofSeconds(8);

    private final Fleet fleet;
    private final Database database;
    private final RandomGenerator random;
    private final Duration lease;
    private final Duration wakesWithin;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private final Queue<Future<?>> pending = new ConcurrentLinkedQueue<>();

    Scene(Fleet fleet, Database database, RandomGenerator random, RunnerOptions options) {
        this.fleet = fleet;
        this.database = database;
        this.random = random;
        this.lease = Duration.ofMillis(options.number("lease"));
        this.wakesWithin = RunnerKind.wakesWithin(options.text("kind"));
    }

    Fleet fleet() {
        return fleet;
    }

    Database database() {
        return database;
    }

    RandomGenerator random() {
        return random;
    }

    /** The runner that works, once there is one; else any. */
    Runner leader() {
        try {
            return await().atMost(NOBODY_WORKS)
                    .pollInterval(Duration.ofMillis(10))
                    .until(fleet::leader, Optional::isPresent)
                    .orElseThrow();
        } catch (ConditionTimeoutException e) {
            return fleet.random(random);
        }
    }

    /** Longer than the lease, so that mostly somebody takes over, who may have to be woken first. */
    Duration beyondLease() {
        return lease.plusMillis(random.nextInt(500, 2_000 + (int) wakesWithin.toMillis()));
    }

    /** Milliseconds of a random length. */
    Duration between(int least, int most) {
        return Duration.ofMillis(random.nextInt(least, most));
    }

    void later(Duration delay, Runnable work) {
        pending.add(clock.schedule(work, delay.toMillis(), TimeUnit.MILLISECONDS));
    }

    /** Waits for all second halves. */
    void settle() {
        for (var next = pending.poll(); next != null; next = pending.poll()) {
            try {
                next.get();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Override
    public void close() {
        settle();
        clock.shutdownNow();
    }
}

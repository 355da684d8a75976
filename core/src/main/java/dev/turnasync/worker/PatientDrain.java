package dev.turnasync.worker;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.DrainResult;
import dev.turnasync.api.DrainResult.StopReason;
import dev.turnasync.api.MigrationListener.Event;
import dev.turnasync.spi.DatabaseAwayException;
import dev.turnasync.spi.QueueStore;
import java.time.Duration;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A drain that waits, on its caller's thread, for what passes by itself:
 *
 * <ol>
 *   <li>Drain. When nothing is left, or a person is needed, that is the end.
 *   <li>Else wait until the head could be run, by the database's clock: until the lease of its worker runs out, or its next attempt is
 *       due; but no longer than a watcher would before it looks again, since a lease may be given back and a backoff cut short.
 *   <li>Drain again. What is waited in all never exceeds the limit; a backoff that would is not waited for.
 * </ol>
 *
 * A database that is away is waited for as well. For one use.
 */
final class PatientDrain {

    private static final System.Logger LOG = System.getLogger(PatientDrain.class.getName());

    /** Between two tries where nothing tells for how long. */
    private static final Duration LEAST = Duration.ofSeconds(1);

    /** What nanoseconds can count. */
    private static final Duration FOREVER = Duration.ofDays(36_500);

    /** Those that wait for the same moment come one after the other. */
    private static final int SPREAD_MILLIS = 200;

    private final IntFunction<DrainResult> drain;
    private final QueueStore store;
    private final WorkerSettings settings;
    private final StopFlag stop;
    private final Counts counts = new Counts();
    private long leftNanos;
    private String told = "";

    /**
     * Creates a drain.
     *
     * @param drain runs so many entries at most, and waits for nothing
     */
    PatientDrain(IntFunction<DrainResult> drain, QueueStore store, WorkerSettings settings, StopFlag stop) {
        this.drain = drain;
        this.store = store;
        this.settings = settings;
        this.stop = stop;
    }

    DrainResult run(int most, Duration limit) {
        leftNanos = least(limit, FOREVER).toNanos();
        while (true) {
            var began = System.nanoTime();
            var last = drainOrAway(most - counts.runs());
            if (last != null) {
                counts.add(last);
                began = System.nanoTime(); // the time in which entries run does not count
            }
            var pause = pause(last);
            if (last != null && pause.isZero()) {
                return counts.result(last.why(), last.head());
            }
            if (stopsWithin(pause)) {
                return counts.result(StopReason.STOPPED, last == null ? null : last.head());
            }
            leftNanos -= System.nanoTime() - began;
        }
    }

    /** Returns null when the database is away, and there is time left to wait for it. */
    private @Nullable DrainResult drainOrAway(int most) {
        try {
            return drain.apply(most);
        } catch (DatabaseAwayException e) {
            if (leftNanos <= 0) {
                throw e;
            }
            if (!told.equals("away")) {
                told = "away";
                LOG.log(System.Logger.Level.WARNING, "waiting for the database: " + e.getMessage());
            }
            return null;
        }
    }

    /** Returns how long to wait before the next drain; zero when there is no use in another one. */
    private Duration pause(@Nullable DrainResult last) {
        if (leftNanos <= 0 || (last != null && !passes(last.why()))) {
            return Duration.ZERO;
        }
        var left = Duration.ofNanos(leftNanos);
        var glance = last == null ? Optional.<QueueStore.Glance>empty() : glance();
        var freeIn = glance.flatMap(QueueStore.Glance::freeIn).filter(time -> !time.isZero());
        var tooLate = freeIn.filter(time -> time.compareTo(left) > 0).isPresent();
        if (last != null && last.why() == StopReason.NOT_DUE && tooLate) {
            return Duration.ZERO;
        }
        if (last != null && glance.isPresent()) {
            tell(last.why(), glance.get());
        }
        var spread = RandomGenerator.getDefault().nextInt(1, SPREAD_MILLIS);
        return least(
                left,
                freeIn.map(time -> least(time.plusMillis(spread), settings.watchEvery()))
                        .orElse(LEAST));
    }

    private static boolean passes(StopReason why) {
        return switch (why) {
            case LEASE_HELD, PREVIOUS_RUN_ALIVE, NOT_DUE, LEASE_LOST -> true;
            case EMPTY, DONE, BLOCKED, PAUSED, CLASS_MISSING, STOPPED, HUNG -> false;
        };
    }

    private static Duration least(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private Optional<QueueStore.Glance> glance() {
        try {
            return Optional.of(store.glance());
        } catch (AsyncMigrationException e) {
            LOG.log(System.Logger.Level.DEBUG, "could not look at the queue; the next drain will tell", e);
            return Optional.empty();
        }
    }

    /** Once for each thing that is waited for. */
    private void tell(StopReason why, QueueStore.Glance glance) {
        glance.head().filter(head -> !told.equals(why + head.key())).ifPresent(head -> {
            told = why + head.key();
            settings.listener().on(new Event.Waiting(head, why));
        });
    }

    /** An interrupt stops the drain, and is kept for the caller. */
    private boolean stopsWithin(Duration time) {
        try {
            return stop.isRaisedWithin(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }
}

package dev.turnasync.resumable;

import dev.turnasync.api.QueueEntry.Progress;
import dev.turnasync.api.QueueEntry.Waiting;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How far a backfill is, and how fast: the rate of each lane is a moving average over the time it worked, waits left out. Safe for
 * use by all lanes.
 */
final class Pace {

    /** The weight of the newest batch. */
    private static final double WEIGHT = 0.2;

    private static final double NANOS = 1e9;

    private final AsyncContext context;
    private final long total;
    private final @Nullable String phase;
    private final Map<Integer, Double> rates = new HashMap<>();
    private long done;
    private @Nullable Waiting waiting;

    Pace(AsyncContext context, long total, @Nullable String phase) {
        this.context = context;
        this.total = total;
        this.phase = phase;
    }

    synchronized void begin(long alreadyDone) {
        done += alreadyDone;
        report();
    }

    synchronized void worked(int lane, long rows, Duration took) {
        done += rows;
        var rate = rows / Math.max(took.toNanos() / NANOS, 1e-6);
        rates.merge(lane, rate, (old, now) -> old + WEIGHT * (now - old));
        report();
    }

    synchronized void laneEnded(int lane) {
        rates.remove(lane);
    }

    synchronized void waits(@Nullable Waiting what) {
        waiting = what;
        report();
    }

    synchronized void end() {
        rates.clear();
        context.report(new Progress(done, done, null, phase, null));
    }

    private void report() {
        var rate = rates.values().stream().mapToDouble(Double::doubleValue).sum();
        context.report(new Progress(done, Math.max(total, done), rate > 0 ? rate : null, phase, waiting));
    }
}

package dev.turnasync.resumable;

import java.time.Duration;
import java.util.Arrays;

/**
 * Chooses how many rows a batch has, so that it takes the target time. For use by one thread.
 *
 * <ol>
 *   <li>Slow start, as TCP's: the size doubles after every batch, until one has taken half of the target.
 *   <li>Then the rule of Spirit: after more than ten batches of one size, the size is scaled by target ÷ 90th percentile, at most
 *       one and a half times up. A batch above five times the target cuts the size to a tenth at once.
 *   <li>A batch that ran into a timeout is halved, down to a single row; then the size doubles again up to half of what failed.
 * </ol>
 *
 * Source: the chunkers of block/spirit. Its rule alone needs some seventy batches from 1,000 to 25,000 rows; hence the slow start.
 */
final class BatchSize {

    static final long FIRST = 1_000;
    static final long MIN = 10;

    /** With usual rows, the write-ahead log of so many fits into the server's buffers (16 MB), and is written once, at the commit. */
    static final long MAX = 25_000;

    private static final int LEAST_TARGET = 10;
    private static final int SAMPLES = 11;
    private static final double MOST_GROWTH = 1.5;
    private static final int PANIC = 5;
    private static final int PANIC_CUT = 10;

    /** The limits; {@code min == max} fixes the size. */
    record Limits(long min, long max, Duration target) {

        static final Limits DEFAULT = new Limits(MIN, MAX, Duration.ofMillis(500));

        Limits {
            if (min < 1 || max < min || target.toMillis() < LEAST_TARGET) {
                throw new IllegalArgumentException("a batch needs 1 <= min <= max rows and a target of at least 10 ms: "
                        + min + ", " + max + ", " + target);
            }
        }
    }

    private final Limits limits;
    private final long[] samples = new long[SAMPLES];
    private int sampled;
    private boolean starting = true;
    private boolean failing;
    private long threshold;
    private long size;

    BatchSize(Limits limits) {
        this.limits = limits;
        this.size = Math.max(limits.min(), Math.min(limits.max(), FIRST));
        this.threshold = limits.max();
    }

    long rows() {
        return size;
    }

    /** Takes how long a batch took that was cut at the present size. */
    void succeeded(long rows, Duration took) {
        failing = false;
        if (rows < size) {
            return; // the rest of a slice tells nothing
        }
        var target = limits.target().toNanos();
        if (took.toNanos() > PANIC * target) {
            set(size / PANIC_CUT);
            starting = false;
        } else if (starting && took.toNanos() < target / 2 && size < threshold) {
            set(Math.min(size * 2, threshold));
        } else {
            starting = false;
            sample(took.toNanos(), target);
        }
    }

    private void sample(long nanos, long target) {
        samples[sampled++] = nanos;
        if (sampled == SAMPLES) {
            var sorted = samples.clone();
            Arrays.sort(sorted);
            var p90 = Math.max(1, sorted[SAMPLES * 9 / 10]);
            set((long) (size * Math.min(MOST_GROWTH, (double) target / p90)));
        }
    }

    /** Takes that a batch of so many rows was too much for one transaction. Returns false when it was a single row. */
    boolean halved(long rows) {
        if (size == 1) {
            return false;
        }
        if (!failing) {
            threshold = Math.max(limits.min(), Math.min(limits.max(), size / 2));
        }
        failing = true;
        starting = true;
        sampled = 0;
        size = Math.max(1, Math.min(size, rows) / 2);
        return true;
    }

    private void set(long wanted) {
        size = Math.max(limits.min(), Math.min(limits.max(), wanted));
        sampled = 0;
    }
}

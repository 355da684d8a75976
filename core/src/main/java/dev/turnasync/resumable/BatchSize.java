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
 *   <li>A row that cannot be changed is looked for by bisection: half of the rows among which it must be, then half of the rest.
 *   <li>A batch that found no memory is halved, and half of it is a ceiling from then on; where the server was short of it, the
 *       ceiling doubles again after fifty batches.
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
    private static final int UNTIL_RAISED = 50;

    /** The limits; {@code min == max} fixes the size. */
    record Limits(long min, long max, Duration target) {

        static final Limits DEFAULT = new Limits(MIN, MAX, Duration.ofMillis(500));

        Limits {
            if (min < 1 || max < min || target.toMillis() < LEAST_TARGET) {
                throw new IllegalArgumentException("a batch needs 1 <= min <= max rows and a target of at least 10 ms: "
                        + min + ", " + max + ", " + target);
            }
        }

        private long clamp(long rows) {
            return Math.max(min, Math.min(max, rows));
        }
    }

    private final Limits limits;
    private final long[] samples = new long[SAMPLES];
    private int sampled;
    private boolean starting = true;
    private boolean failing;
    private long threshold;
    private long size;

    /** Among how many rows the one is that cannot be changed; 0 while none is looked for. */
    private long suspects;

    /** How many rows find room, and how many find room in this process, whatever the server says. */
    private long ceiling = Long.MAX_VALUE;

    private long heapCeiling = Long.MAX_VALUE;
    private int sinceRaised;

    BatchSize(Limits limits) {
        this(limits, RowWidth.Room.UNKNOWN);
    }

    /** Begins with no more rows than there is room for, as far as that is known; the least size is the author's word. */
    BatchSize(Limits limits, RowWidth.Room room) {
        this.limits = limits;
        this.size = limits.clamp(Math.min(FIRST, room.first()));
        this.heapCeiling = Math.max(limits.min(), room.most());
        this.ceiling = heapCeiling;
        this.threshold = limits.max();
    }

    long rows() {
        return size;
    }

    Duration target() {
        return limits.target();
    }

    /** Takes how long a batch took that was cut at the present size. */
    void succeeded(long rows, Duration took) {
        failing = false;
        raiseCeiling();
        if (suspects > 0) {
            suspects -= Math.min(rows, suspects);
            if (suspects > 0) {
                size = Math.max(1, suspects / 2);
                return;
            }
            starting = true; // whatever was wrong with a row is over
        } else if (rows < size) {
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

    private void raiseCeiling() {
        if (ceiling < heapCeiling && ++sinceRaised == UNTIL_RAISED) {
            ceiling = Math.min(heapCeiling, ceiling * 2);
            sinceRaised = 0;
        }
    }

    /** Takes that a batch of so many rows was too much for one transaction. Returns false when it was a single row. */
    boolean halved(long rows) {
        if (size == 1) {
            return false;
        }
        if (!failing) {
            threshold = limits.clamp(size / 2);
        }
        failing = true;
        halve(rows);
        return true;
    }

    /** Takes that one of so many rows cannot be changed. Returns false when it was a single row. */
    boolean narrowed(long rows) {
        if (size == 1) {
            return false;
        }
        suspects = rows;
        halve(rows);
        return true;
    }

    /** Takes that a batch of so many rows found no memory, in this process or on the server. Returns false when it was a single row. */
    boolean foundNoRoom(long rows, boolean ofHeap) {
        if (size == 1) {
            return false;
        }
        halve(rows);
        ceiling = size;
        sinceRaised = 0;
        if (ofHeap) {
            heapCeiling = size;
        }
        return true;
    }

    /** Whether a row that cannot be changed is being looked for. */
    boolean isNarrowing() {
        return suspects > 0;
    }

    private void halve(long rows) {
        starting = true;
        sampled = 0;
        size = Math.max(1, Math.min(size, rows) / 2);
    }

    private void set(long wanted) {
        size = Math.min(ceiling, limits.clamp(wanted));
        sampled = 0;
    }
}

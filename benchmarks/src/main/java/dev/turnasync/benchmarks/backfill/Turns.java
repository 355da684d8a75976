package dev.turnasync.benchmarks.backfill;

import dev.turnasync.resumable.Throttle;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;

/**
 * Lets a backfill work and wait by turns, and remembers when, so that what an application notices of it can be told from what it
 * would have noticed anyway, in the same seconds on the same table.
 */
final class Turns implements Throttle {

    private static final long TURN_NANOS = TimeUnit.MILLISECONDS.toNanos(1_500);

    /** Since when, after the beginning, it works or waits; in the order of time. */
    private final NavigableMap<Long, Boolean> works = new ConcurrentSkipListMap<>();

    private final long began = System.nanoTime();

    /** No batch runs while this is asked, so a turn begins here. */
    @Override
    public Reading read(Probe probe) {
        var now = System.nanoTime() - began;
        var work = now / TURN_NANOS % 2 == 0;
        works.put(now, work);
        return new Reading(work ? 0.0 : 1.0, "it is the turn of the application alone");
    }

    /** Tells whether the backfill worked at a time by {@link System#nanoTime}; before its first batch it waited. */
    boolean worked(long at) {
        var turn = works.floorEntry(at - began);
        return turn != null && turn.getValue();
    }
}

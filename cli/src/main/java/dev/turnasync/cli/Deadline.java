package dev.turnasync.cli;

import java.time.Duration;
import java.util.function.Predicate;

/**
 * Until when to wait.
 *
 * @param time how long that was from the beginning
 * @param until a moment of {@link System#nanoTime()}
 * @param pausing waits for a time; false when the waiting should end
 */
record Deadline(Duration time, long until, Predicate<Duration> pausing) {

    private static final Duration EVERY = Duration.ofSeconds(1);

    static Deadline in(Duration time, Surroundings surroundings) {
        return new Deadline(
                time,
                System.nanoTime() + time.toNanos(),
                surroundings.terminal().live().pause());
    }

    /** Says that it is over. */
    String gaveUp() {
        return time.isZero() ? "looked once, since --timeout is 0" : "gave up after " + Durations.text(time);
    }

    /** Whether the time is up, and at least so much has passed since the beginning. */
    boolean isUp(Duration least) {
        return System.nanoTime() - until >= Math.max(0, least.minus(time).toNanos());
    }

    /** Waits until it is worth to look again; false when the time is up. */
    boolean pause() {
        var left = Duration.ofNanos(until - System.nanoTime());
        return !left.isNegative() && !left.isZero() && pausing.test(left.compareTo(EVERY) < 0 ? left : EVERY);
    }
}

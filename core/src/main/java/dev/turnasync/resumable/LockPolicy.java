package dev.turnasync.resumable;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait for a strong lock, and how long to let the others pass in between. Whoever waits for such a lock keeps
 * everybody behind it waiting too, so each wait is short.
 *
 * @param tries how often to try
 * @param firstWait how long the first try waits for its lock; each further one by as much longer
 * @param longestWait how long a try waits at most
 * @param firstPause the longest pause after the first try; doubles after each
 * @param longestPause how long a pause is at most
 */
record LockPolicy(int tries, Duration firstWait, Duration longestWait, Duration firstPause, Duration longestPause) {

    /** About six minutes in all, of which at most 42 seconds in a queue for the lock. */
    static final LockPolicy SHORT = new LockPolicy(
            30, Duration.ofMillis(100), Duration.ofSeconds(2), Duration.ofMillis(50), Duration.ofSeconds(30));

    /** How long a try, counted from 1, waits for its lock. */
    Duration wait(int attempt) {
        return shorter(firstWait.multipliedBy(attempt), longestWait);
    }

    /** The longest pause after a try, counted from 1. */
    Duration pauseAtMost(int attempt) {
        // 2^40 times any pause is above every limit, and does not overflow.
        return shorter(firstPause.multipliedBy(1L << Math.min(attempt - 1, 40)), longestPause);
    }

    /** A pause of random length, so that several who wait for the same do not meet again. */
    Duration pause(int attempt, RandomGenerator random) {
        return Duration.ofMillis(random.nextLong(pauseAtMost(attempt).toMillis() + 1));
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}

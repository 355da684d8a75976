package dev.turnasync.api;

import java.time.Duration;

/**
 * How often and when a failed attempt is repeated. The delay before attempt {@code n + 1} is
 * {@code min(cap, firstDelay × 2^(n-1))}, spread by jitter. Immutable and safe for use by many threads.
 *
 * @param maxAttempts failed attempts until the entry is FAILED, at least 1
 * @param firstDelay the delay after the first failed attempt
 * @param cap the longest delay
 * @param jitter the share of the delay, 0 to 1, by which it is shortened at random so that workers do not march in step
 * @param maxWorkerDeaths how many workers in a row may disappear over an entry, with no checkpoint in between, before the
 *     entry is FAILED and a person decides; each death up to it is repeated at once and counts no attempt
 */
public record RetryPolicy(int maxAttempts, Duration firstDelay, Duration cap, double jitter, int maxWorkerDeaths) {

    /** The default number of attempts. */
    public static final int DEFAULT_MAX_ATTEMPTS = 5;

    /** The default delay after the first failed attempt. */
    public static final Duration DEFAULT_FIRST_DELAY = Duration.ofSeconds(5);

    /** The default longest delay. */
    public static final Duration DEFAULT_CAP = Duration.ofMinutes(10);

    /** The default share of jitter. */
    public static final double DEFAULT_JITTER = 0.2;

    /** The default number of worker deaths in a row that are repeated by themselves. */
    public static final int DEFAULT_MAX_WORKER_DEATHS = 1;

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if a value is out of its range; the message names it
     */
    public RetryPolicy {
        require(maxAttempts >= 1, "maxAttempts must be at least 1: " + maxAttempts);
        require(!firstDelay.isNegative(), "firstDelay must not be negative: " + firstDelay);
        require(cap.compareTo(firstDelay) >= 0, "cap " + cap + " must not be below firstDelay " + firstDelay);
        require(jitter >= 0 && jitter <= 1, "jitter must be from 0 to 1: " + jitter);
        require(maxWorkerDeaths >= 0, "maxWorkerDeaths must not be negative: " + maxWorkerDeaths);
    }

    /**
     * Returns the default policy: 5 attempts, 5 s doubling up to 10 min, 20 % jitter, one worker death.
     *
     * @return the default policy
     */
    public static RetryPolicy ofDefaults() {
        return new RetryPolicy(
                DEFAULT_MAX_ATTEMPTS, DEFAULT_FIRST_DELAY, DEFAULT_CAP, DEFAULT_JITTER, DEFAULT_MAX_WORKER_DEATHS);
    }

    /**
     * Returns a policy that never repeats a failed attempt.
     *
     * @return a policy with one attempt
     */
    public static RetryPolicy never() {
        return ofDefaults().withMaxAttempts(1);
    }

    /**
     * Returns this policy with another number of attempts.
     *
     * @param attempts failed attempts until the entry is FAILED, at least 1
     * @return the changed copy
     */
    public RetryPolicy withMaxAttempts(int attempts) {
        return new RetryPolicy(attempts, firstDelay, cap, jitter, maxWorkerDeaths);
    }

    /**
     * Returns this policy with other delays.
     *
     * @param first the delay after the first failed attempt
     * @param longest the longest delay
     * @return the changed copy
     */
    public RetryPolicy withDelays(Duration first, Duration longest) {
        return new RetryPolicy(maxAttempts, first, longest, jitter, maxWorkerDeaths);
    }

    /**
     * Returns this policy with another number of tolerated worker deaths.
     *
     * @param deaths how many workers in a row may disappear over an entry
     * @return the changed copy
     */
    public RetryPolicy withMaxWorkerDeaths(int deaths) {
        return new RetryPolicy(maxAttempts, firstDelay, cap, jitter, deaths);
    }

    /**
     * Returns the delay after a failed attempt. A pure function.
     *
     * @param failedAttempts how many attempts have failed, at least 1
     * @param random a number from 0 (inclusive) to 1 (exclusive) that places the delay within the jitter
     * @return the delay, never above {@link #cap()}
     */
    public Duration delayAfter(int failedAttempts, double random) {
        var doublings = Math.min(30, Math.max(0, failedAttempts - 1));
        var millis = Math.min(millis(cap), millis(firstDelay) * Math.pow(2, doublings));
        return Duration.ofMillis((long) (millis * (1 - jitter * random)));
    }

    /** A duration may be longer than a long of milliseconds. */
    private static double millis(Duration duration) {
        return duration.getSeconds() * 1_000.0 + duration.getNano() / 1_000_000.0;
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }
}

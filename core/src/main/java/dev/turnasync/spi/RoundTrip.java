package dev.turnasync.spi;

import java.time.Duration;

/**
 * What a round trip to the database takes, and what that means for leases. The connection that keeps a lease takes turns: the longest
 * one, which stores how a run ended, has 11 round trips, the claim of an entry 8 (two more behind a pooler), a renewal one. A renewal is due a
 * third of a lease after the one before and may find the longest turn just begun, so a lease of 20 round trips holds; one that is
 * shorter than a claim and a renewal never does.
 *
 * @param shortest the shortest that was seen: what the network takes, without what the machine or the database was busy with
 */
public record RoundTrip(Duration shortest) {

    private static final int ENOUGH = 20;
    private static final int LEAST = 10;
    private static final Duration SECOND = Duration.ofSeconds(1);

    /**
     * Returns the shortest lease that holds over such a network.
     *
     * @return whole seconds, at least one
     */
    public Duration leaseNeeded() {
        var needed = shortest.multipliedBy(ENOUGH);
        return Duration.ofSeconds(Math.max(1, needed.plus(SECOND).minusNanos(1).toSeconds()));
    }

    /**
     * Tells whether a lease holds over such a network.
     *
     * @param lease how long the lease lasts
     * @return false when it may be lost for no other reason
     */
    public boolean suits(Duration lease) {
        return lease.compareTo(shortest.multipliedBy(ENOUGH)) >= 0;
    }

    /**
     * Tells whether a lease can be held at all over such a network.
     *
     * @param lease how long the lease lasts
     * @return false when it is lost before anything is run, each time
     */
    public boolean allows(Duration lease) {
        return lease.compareTo(shortest.multipliedBy(LEAST)) > 0;
    }

    /** For people, such as {@code 302 ms}. */
    @Override
    public String toString() {
        var micros = shortest.toNanos() / 1_000;
        return micros < 10_000 ? micros / 1_000 + "." + micros % 1_000 / 100 + " ms" : micros / 1_000 + " ms";
    }
}

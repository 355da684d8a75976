package dev.turnasync.worker;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.DrainResult;
import dev.turnasync.spi.RoundTrip;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Whether a worker's leases are long enough for the network between it and the database. One that can never hold is refused, so that
 * no worker claims again and again what it cannot run. Safe for use by many threads.
 */
final class LeaseFit {

    private static final System.Logger LOG = System.getLogger(LeaseFit.class.getName());

    private final WorkerSettings settings;
    private final AtomicBoolean warned = new AtomicBoolean();
    private final AtomicInteger lost = new AtomicInteger();

    LeaseFit(WorkerSettings settings) {
        this.settings = settings;
    }

    /**
     * Compares a lease that was just taken with the round trips that this took.
     *
     * @throws AsyncMigrationException if it is lost before anything is run, each time
     */
    void require(RoundTrip seen) {
        if (!seen.allows(settings.leaseFor())) {
            throw new AsyncMigrationException("worker " + settings.id() + " cannot hold its lease: " + tooShort(seen));
        }
        if (!seen.suits(settings.leaseFor()) && warned.compareAndSet(false, true)) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "worker " + settings.id() + " may lose its lease for no other reason than this: " + tooShort(seen));
        }
    }

    private String tooShort(RoundTrip seen) {
        return "a round trip to the database takes " + seen + ", and a lease of "
                + settings.leaseFor().toMillis() + " ms is too short for that. Set leaseFor to at least "
                + seen.leaseNeeded().toSeconds() + " s.";
    }

    /** Counts the leases that were lost before a body began, and tells of the first, the tenth, the hundredth and so on. */
    void lostBeforeTheBody(RoundTrip seen, DrainResult result) {
        var times = lost.incrementAndGet();
        if (!isPowerOfTen(times)) {
            return;
        }
        var before = result.headEntry()
                .map(settings::name)
                .map(name -> " before " + name + " began")
                .orElse("");
        var why = seen.suits(settings.leaseFor())
                ? "a round trip to the database takes only " + seen
                        + ", so this machine, the database or the network stood still for" + " longer than a lease of "
                        + settings.leaseFor().toMillis() + " ms. If it comes back, set leaseFor to more."
                : tooShort(seen);
        LOG.log(
                System.Logger.Level.WARNING,
                "worker " + settings.id() + " lost its lease" + before + ", " + times
                        + (times == 1 ? " time" : " times") + " so far: " + why);
    }

    private static boolean isPowerOfTen(int number) {
        var rest = number;
        while (rest % 10 == 0) {
            rest /= 10;
        }
        return rest == 1;
    }
}

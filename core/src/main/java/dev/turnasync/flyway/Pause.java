package dev.turnasync.flyway;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;

/** The pauses between looks at what another node does, up to a timeout. For use by one thread. */
final class Pause {

    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Duration timeout;
    private final long begun = System.nanoTime();

    Pause(Duration timeout) {
        this.timeout = timeout;
    }

    /** Waits about a second, but not past the timeout; false when the time is up or the thread is interrupted. */
    boolean untilNextLook() {
        var left = timeout.toNanos() - waited();
        if (left <= 0 || Thread.currentThread().isInterrupted()) {
            return false;
        }
        var jitter = 0.8 + 0.4 * RandomGenerator.getDefault().nextDouble();
        var until = System.nanoTime() + Math.min(left, (long) (LOOK_NANOS * jitter));
        for (var rest = until - System.nanoTime(); rest > 0; rest = until - System.nanoTime()) {
            LockSupport.parkNanos(rest);
            if (Thread.currentThread().isInterrupted()) {
                return false;
            }
        }
        return true;
    }

    /** Says why it does not wait longer. */
    String why() {
        var seconds = Math.round(waited() / 1e9);
        return Thread.currentThread().isInterrupted()
                ? "interrupted after waiting " + seconds + " s"
                : "waited " + seconds + " s";
    }

    private long waited() {
        return System.nanoTime() - begun;
    }
}

package dev.turnasync.worker;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Tells one drain, or a worker with all its drains, to stop, and how long ago it was told. Once raised it stays. */
final class StopFlag {

    private static final long LOWERED = Long.MIN_VALUE;

    private final @Nullable StopFlag parent;
    private final AtomicLong raisedAt = new AtomicLong(LOWERED);
    private final CountDownLatch raised = new CountDownLatch(1);

    private StopFlag(@Nullable StopFlag parent) {
        this.parent = parent;
    }

    static StopFlag ofWorker() {
        return new StopFlag(null);
    }

    /** A flag of one drain, which is raised with the worker's, too. */
    StopFlag ofDrain() {
        return new StopFlag(this);
    }

    void raise() {
        var now = System.nanoTime();
        raisedAt.compareAndSet(LOWERED, now == LOWERED ? now + 1 : now);
        raised.countDown();
    }

    /** Waits for it to be raised; the parent's is not waited for. */
    boolean isRaisedWithin(Duration time) throws InterruptedException {
        return raised.await(time.toNanos(), TimeUnit.NANOSECONDS);
    }

    boolean isRaised() {
        return isRaisedFor(Duration.ZERO);
    }

    boolean isRaisedFor(Duration time) {
        var at = raisedAt.get();
        var own = at != LOWERED && System.nanoTime() - at >= time.toNanos();
        return own || (parent != null && parent.isRaisedFor(time));
    }
}

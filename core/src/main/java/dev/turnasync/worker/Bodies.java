package dev.turnasync.worker;

import dev.turnasync.spi.Claim;
import dev.turnasync.spi.MigrationRunner.RunSession;
import org.jspecify.annotations.Nullable;

/** The migrations that one worker runs, one at a time. Safe for use by many threads. */
final class Bodies {

    /** Threads that a migration makes are in it, too. */
    private final ThreadGroup group;

    private volatile @Nullable Body last;

    Bodies(WorkerSettings settings) {
        this.group = new ThreadGroup("turnasync-worker-" + settings.id());
    }

    /** Makes the next one; it runs when asked to. */
    Body next(RunSession session, Claim claim) {
        var body = new Body(group, session, claim);
        last = body;
        return body;
    }

    /** Tells whether the current thread is the one on which a migration of this worker runs. */
    boolean isCurrentThread() {
        var body = last;
        return body != null && body.isCurrentThread();
    }

    /** Tells whether a migration was abandoned and its thread has not ended. */
    boolean isHung() {
        var body = last;
        return body != null && body.isAbandoned() && body.isThreadAlive();
    }
}

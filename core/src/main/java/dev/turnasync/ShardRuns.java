package dev.turnasync;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The pieces of work that go on over shards, so that they can be halted when the application or the JVM ends. */
final class ShardRuns {

    /** How long a close waits: a drain's stop grace, a cancelled statement and the last bookkeeping. */
    private static final Duration LAST_WAIT = Duration.ofSeconds(40);

    private static final System.Logger LOG = System.getLogger(ShardRuns.class.getName());

    private final boolean stopOnShutdown;
    private final Set<ShardRun<?>> running = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    ShardRuns(boolean stopOnShutdown) {
        this.stopOnShutdown = stopOnShutdown;
    }

    void run(ShardRun<?> run) {
        running.add(run);
        if (closed) {
            run.halt();
        }
        var hook = new Thread(() -> end(run), "turnasync-shards-shutdown");
        try {
            if (stopOnShutdown && !added(hook)) {
                run.halt();
            }
            run.run();
        } finally {
            running.remove(run);
            remove(hook);
        }
    }

    /** Returns when what was begun has ended, or after a long wait. */
    void close() {
        closed = true;
        running.forEach(ShardRun::halt);
        running.forEach(ShardRuns::end);
    }

    private static void end(ShardRun<?> run) {
        run.halt();
        try {
            run.awaitEnd(LAST_WAIT.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean added(Thread hook) {
        try {
            Runtime.getRuntime().addShutdownHook(hook);
            return true;
        } catch (IllegalStateException e) {
            LOG.log(System.Logger.Level.DEBUG, "the JVM ends already", e);
            return false;
        }
    }

    private static void remove(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            LOG.log(System.Logger.Level.DEBUG, "the JVM ends already", e);
        }
    }
}

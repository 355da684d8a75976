package dev.turnasync.worker;

import dev.turnasync.api.AsyncMigrationException.NeverReturned;
import dev.turnasync.spi.Claim;
import dev.turnasync.spi.MigrationRunner.RunSession;
import dev.turnasync.spi.RunControl;
import dev.turnasync.spi.RunOutcome;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A migration that runs on a thread of its own. Whoever waits for it can be sent on without it: a body that never returns then
 * costs its thread, and not the lease. Safe for use by many threads.
 */
final class Body {

    /** How the wait for a body ended. */
    sealed interface End {}

    /** The body returned or threw. */
    record Returned(RunOutcome outcome) implements End {}

    /** The run itself broke, as where no thread or memory was left; nobody knows how far it came. */
    record Broke(Throwable cause) implements End {}

    /** The body did not return and is waited for no longer. */
    record Abandoned(Cause cause, NeverReturned error) implements End {}

    /** Why a body was abandoned. */
    enum Cause {
        /** It was told to end: the worker stops, lost its lease, or an operator paused or canceled the entry. */
        ASKED,
        /** The server no longer has its session, so it can commit nothing more. */
        SESSION_GONE,
        /** It called {@code System.exit}, which never returns to it. */
        JVM_EXIT
    }

    /** Of a body's own; one that makes more is not looked at whole. */
    private static final int MOST_THREADS = 64;

    private final Claim claim;
    private final RunSession session;
    private final ThreadGroup group;
    private final Thread thread;
    private @Nullable RunControl control;
    private final CompletableFuture<End> end = new CompletableFuture<>();

    Body(ThreadGroup group, RunSession session, Claim claim) {
        this.claim = claim;
        this.session = session;
        this.group = group;
        this.thread = DaemonThreads.of(group, this::work);
    }

    /**
     * Runs it, and waits until it has ended or is abandoned. An interrupt of the caller is not meant for it: a drain is stopped by
     * its flag.
     */
    End run(RunControl runControl) {
        control = runControl;
        try {
            thread.start();
        } catch (Error e) {
            end.complete(new Broke(e));
        }
        return end.join();
    }

    private void work() {
        try {
            end.complete(new Returned(session.run(claim, Objects.requireNonNull(control))));
        } catch (Throwable e) {
            end.complete(new Broke(e));
        }
    }

    Claim claim() {
        return claim;
    }

    RunSession session() {
        return session;
    }

    /** Sends whoever waits on without it. Returns false when it has returned, or was abandoned before. */
    boolean abandon(Cause cause, String message) {
        return end.complete(new Abandoned(cause, new NeverReturned(message, thread)));
    }

    boolean isAbandoned() {
        return end.isDone() && end.join() instanceof Abandoned;
    }

    /** Sends whoever waits on when the thread ended without a word, as where not even its error found memory. */
    void requireEnd() {
        if (thread.getState() == Thread.State.TERMINATED && !end.isDone()) {
            end.complete(new Broke(new IllegalStateException("its thread ended without a word")));
        }
    }

    boolean isThreadAlive() {
        return thread.isAlive();
    }

    boolean isCurrentThread() {
        return Thread.currentThread() == thread;
    }

    /** Tells whether it, or a thread that it made, called {@code System.exit}; the JVM then waits for shutdown hooks, and they perhaps for it. */
    boolean exitsJvm() {
        var threads = new Thread[MOST_THREADS];
        var found = group.enumerate(threads);
        for (var n = 0; n < found; n++) {
            if (DaemonThreads.exitsJvm(threads[n])) {
                return true;
            }
        }
        return false;
    }

    Thread thread() {
        return thread;
    }
}

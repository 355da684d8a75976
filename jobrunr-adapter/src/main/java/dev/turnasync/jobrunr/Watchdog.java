package dev.turnasync.jobrunr;

import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jobrunr.server.BackgroundJobServer;
import org.jobrunr.storage.BackgroundJobServerStatus;
import org.jspecify.annotations.Nullable;

/**
 * Starts JobRunr's server of this node again after a database outage, in which it stops for good. JobRunr does not tell
 * why a server stopped, so the signs are:
 *
 * <ul>
 *   <li>It processed jobs when last seen. A paused one stays as it is, also when it dies.
 *   <li>JobRunr's store did not answer when the server stopped, or still lists it: a server that is stopped while the
 *       store answers takes itself off that list. Or it was this that started it, and it could not announce itself.
 *   <li>The store answers again, the stop is complete, the JVM does not end and this is not closed.
 * </ul>
 *
 * <p>Without them it was the application, and the server is left alone. What no sign tells apart is an application that
 * stops its server during an outage; it closes the adapter first.
 */
final class Watchdog implements AutoCloseable {

    /** How often it looks; that costs no query. */
    static final Duration LOOK_EVERY = Duration.ofMillis(500);

    /** Every how many looks the store is asked while all is well. */
    private static final int ASK_EVERY = 4;

    /** How many looks a server that was started again is given before the next try. */
    private static final int REST = 20;

    private static final System.Logger LOG = System.getLogger(Watchdog.class.getName());

    private final BackgroundJobServer server;
    private final ScheduledThreadPoolExecutor thread;
    private final ReentrantLock starting = new ReentrantLock();
    private volatile boolean closed;
    private boolean wasProcessing;
    private boolean outage;

    /** Started again by this, and not announced since. */
    private boolean onTrial;

    private int looks;
    private int rest;

    private Watchdog(BackgroundJobServer server) {
        this.server = server;
        this.thread = new ScheduledThreadPoolExecutor(1, Watchdog::newThread);
    }

    static Watchdog start(BackgroundJobServer server) {
        var watchdog = new Watchdog(server);
        var unused =
                watchdog.thread.scheduleWithFixedDelay(watchdog::tick, 0, LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
        return watchdog;
    }

    /** When this returns nothing is being started, and nothing will be. */
    @Override
    public void close() {
        starting.lock();
        try {
            closed = true;
        } finally {
            starting.unlock();
        }
        thread.shutdown();
    }

    private void tick() {
        try {
            look();
        } catch (RuntimeException | LinkageError e) {
            LOG.log(System.Logger.Level.WARNING, "JobRunr's server cannot be watched; it will not be restarted", e);
            thread.shutdown();
        }
    }

    private void look() {
        rest = Math.max(0, rest - 1);
        if (server.isRunning()) {
            processes();
        } else if (server.isAnnounced()) {
            wasProcessing = false; // paused
        } else if (wasProcessing) {
            died();
        }
    }

    private void processes() {
        wasProcessing = true;
        if (outage || onTrial || looks++ % ASK_EVERY == 0) {
            outage = isListed() == null;
            onTrial = onTrial && (outage || !server.isAnnounced());
        }
    }

    private void died() {
        // Before the question: it is taken off the list before its stop is complete.
        var stopped = server.getServerStatus().getFirstHeartbeat() == null;
        var listed = isListed();
        if (listed == null) {
            outage = true;
        } else if (stopped && !outage && !listed && !onTrial) {
            wasProcessing = false;
            LOG.log(System.Logger.Level.INFO, "{0} was stopped, not by an outage; it is left so", server);
        } else if (stopped && rest == 0) {
            restart();
        }
    }

    /** Whether JobRunr's store lists the server as alive; null if the store does not answer. */
    private @Nullable Boolean isListed() {
        try {
            return server.getStorageProvider().getBackgroundJobServers().stream()
                    .map(BackgroundJobServerStatus::getId)
                    .anyMatch(server.getId()::equals);
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.DEBUG, "JobRunr's store does not answer", e);
            return null;
        }
    }

    private void restart() {
        starting.lock();
        try {
            if (!closed && !isJvmEnding()) {
                server.start();
                outage = false;
                rest = REST;
                LOG.log(
                        onTrial ? System.Logger.Level.DEBUG : System.Logger.Level.WARNING,
                        "{0} had stopped because its database did not answer; it was started again",
                        server);
                onTrial = true;
            }
        } finally {
            starting.unlock();
        }
    }

    static boolean isJvmEnding() {
        var hook = new Thread(() -> {});
        try {
            Runtime.getRuntime().addShutdownHook(hook);
            Runtime.getRuntime().removeShutdownHook(hook);
            return false;
        } catch (IllegalStateException e) {
            return true;
        }
    }

    private static Thread newThread(Runnable work) {
        var thread = new Thread(work, "turnasync-jobrunr-watchdog");
        thread.setDaemon(true);
        return thread;
    }
}

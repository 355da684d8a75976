package dev.turnasync.quartz;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.api.Waker;
import java.time.Instant;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.quartz.SchedulerException;

/** Schedules firings from the start of the adapter to its end. Safe for use by many threads. */
final class WakeUps implements Waker {

    private static final System.Logger LOG = System.getLogger(WakeUps.class.getName());

    private final String queue;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Schedule schedule;
    private volatile boolean closed;

    WakeUps(String queue) {
        this.queue = queue;
    }

    /** Something that asks Quartz's store. */
    @FunctionalInterface
    interface Work {
        void on(Schedule schedule) throws SchedulerException;
    }

    /** Opens when the work is done; may be tried again when it failed. */
    void open(Schedule made, Work work) throws SchedulerException {
        lock.lock();
        try {
            if (schedule != null || closed) {
                throw new IllegalStateException(
                        "the Quartz adapter of " + queue + " was started or closed before; make a new one");
            }
            work.on(made);
            schedule = made;
        } finally {
            lock.unlock();
        }
    }

    /** When this returns nothing is being scheduled, and nothing will be. */
    void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
    }

    boolean isClosed() {
        return closed;
    }

    @Override
    public void wake(QueueEntry head) {
        try {
            whileOpen(open -> open.wake(head));
        } catch (SchedulerException e) {
            throw new AsyncMigrationException("Quartz could not be woken: " + e.getMessage(), e);
        }
    }

    /** Schedules the next attempt. What fails here is made good by the watcher, which sees that the attempt is due. */
    void retry(QueueEntry head, Instant due) {
        try {
            whileOpen(open -> open.retry(head, due));
        } catch (SchedulerException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the retry of " + head.label() + " in " + queue + " is left to the watcher",
                    e);
        }
    }

    private void whileOpen(Work work) throws SchedulerException {
        lock.lock();
        try {
            if (schedule != null && !closed) {
                work.on(schedule);
            }
        } finally {
            lock.unlock();
        }
    }
}

package dev.turnasync.quartz;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.DrainResult;
import dev.turnasync.api.DrainResult.StopReason;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;

/**
 * Drains the queue on Quartz's thread, one firing of this node at a time:
 *
 * <ol>
 *   <li>Entries are run one by one until none is due, the queue blocks or the adapter is closed.
 *   <li>A firing that comes meanwhile ends at once; this one then looks once more.
 *   <li>When the head waits for its next attempt, a retry is scheduled. Quartz repeats nothing by itself.
 *   <li>Whatever else keeps the head from running ends the firing; the watcher wakes when there is something to do.
 * </ol>
 *
 * <p>The scheduler's context knows it by the queue's name, so that jobs find it whatever factory makes them. Safe for use by
 * many threads.
 */
final class QueueDrain {

    private static final System.Logger LOG = System.getLogger(QueueDrain.class.getName());

    private final AsyncMigrations async;
    private final WakeUps wakeUps;
    private final Runnable onEnd;
    private final Turn turn = new Turn();

    QueueDrain(AsyncMigrations async, WakeUps wakeUps, Runnable onEnd) {
        this.async = async;
        this.wakeUps = wakeUps;
        this.onEnd = onEnd;
    }

    void enter(Scheduler scheduler) throws SchedulerException {
        var context = scheduler.getContext();
        synchronized (context) {
            if (context.putIfAbsent(contextKey(async.queueName()), this) != null) {
                throw new IllegalStateException("the scheduler " + scheduler.getSchedulerName()
                        + " has an adapter for a queue " + async.queueName()
                        + " already; give each shard an id, by AsyncMigrations.builder(flyway).shard(id)");
            }
        }
    }

    void leave(Scheduler scheduler) throws SchedulerException {
        var context = scheduler.getContext();
        synchronized (context) {
            context.remove(contextKey(async.queueName()), this);
        }
    }

    /** The drain that this node's scheduler has for a queue. */
    static Optional<QueueDrain> find(Scheduler scheduler, String queue) {
        try {
            var context = scheduler.getContext();
            synchronized (context) {
                return Optional.ofNullable((QueueDrain) context.get(contextKey(queue)));
            }
        } catch (SchedulerException e) {
            LOG.log(System.Logger.Level.DEBUG, "the scheduler has no context", e);
            return Optional.empty();
        }
    }

    private static String contextKey(String queue) {
        return "turnasync:" + queue;
    }

    /** Never throws what the database or a migration threw, and never leaves an interrupt on the thread. */
    void run(Scheduler scheduler) {
        if (!turn.take()) {
            LOG.log(System.Logger.Level.DEBUG, "this node drains " + async.queueName() + " already; nothing to do");
            return;
        }
        DrainResult last = null;
        try {
            do {
                last = drain(scheduler);
            } while (!turn.isOver());
        } catch (RuntimeException | SchedulerException e) {
            LOG.log(System.Logger.Level.WARNING, async.queueName() + " could not be drained; Quartz tries again", e);
        } finally {
            turn.end();
        }
        retryLater(last);
        onEnd.run();
    }

    private @Nullable DrainResult drain(Scheduler scheduler) throws SchedulerException {
        DrainResult last = null;
        // A scheduler that goes into standby stops the drain that it sees; one that begins later must see it by itself.
        while (!wakeUps.isClosed() && !scheduler.isInStandbyMode()) {
            last = async.worker().drainOne();
            if (last.why() != StopReason.DONE) {
                break;
            }
        }
        return last;
    }

    boolean isRunning() {
        return turn.isTaken();
    }

    /** Asks the run to hand its entry back and end. */
    void stop() {
        turn.stop();
    }

    private void retryLater(@Nullable DrainResult last) {
        if (last != null && last.why() == StopReason.NOT_DUE) {
            last.headEntry().ifPresent(head -> head.nextAttemptAt().ifPresent(due -> wakeUps.retry(head, due)));
        }
    }
}

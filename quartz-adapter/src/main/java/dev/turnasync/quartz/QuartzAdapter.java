package dev.turnasync.quartz;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.Waker;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.listeners.SchedulerListenerSupport;

/**
 * Lets Quartz run the queue: a durable job drains it whenever a watcher, a retry or a regular sweep fires it. The queue still
 * decides what runs and when; the firings only wake the worker, so one that is lost, doubled or late does no harm.
 *
 * <pre>{@code
 * var async = AsyncMigrations.of(flyway);
 * var adapter = QuartzAdapter.of(async);
 * adapter.start(scheduler);
 * }</pre>
 *
 * <p>A failed attempt is repeated after the queue's backoff, see {@link dev.turnasync.api.RetryPolicy}: Quartz itself repeats
 * nothing. When the scheduler is shut down or put into standby, the running entry is handed back and no attempt is counted. A
 * drain takes one of Quartz's threads for as long as it runs. Safe for use by many threads.
 */
public final class QuartzAdapter implements AutoCloseable {

    /** How often Quartz looks at the queue by itself. */
    static final Duration SWEEP_EVERY = Duration.ofSeconds(30);

    private static final System.Logger LOG = System.getLogger(QuartzAdapter.class.getName());

    private final AsyncMigrations async;
    private final Duration sweepEvery;
    private final WakeUps wakeUps;
    private final QueueDrain drain;
    private final StopWithScheduler stopWithScheduler = new StopWithScheduler();
    private volatile @Nullable Scheduler scheduler;
    private volatile Waker.@Nullable Watch watch;

    QuartzAdapter(AsyncMigrations async, Duration sweepEvery) {
        this.async = async;
        this.sweepEvery = sweepEvery;
        this.wakeUps = new WakeUps(async.queueName());
        this.drain = new QueueDrain(async, wakeUps, this::ended);
    }

    /**
     * Returns an adapter for a queue. One a node and queue.
     *
     * @param async the queue and its worker; stays the caller's to close, after this adapter
     * @return the adapter
     */
    public static QuartzAdapter of(AsyncMigrations async) {
        return new QuartzAdapter(async, SWEEP_EVERY);
    }

    /**
     * Starts to wake Quartz: stores the job and its sweep, and from now on fires the job whenever the head of the queue is due
     * and nobody runs it. Settings of the scheduler that lose wake-ups are logged as warnings. When this throws nothing is
     * started, and it may be called again.
     *
     * @param quartz the application's scheduler, started or not; it stays the caller's to start and shut down
     * @throws IllegalStateException if this adapter was started or closed before, if the scheduler has an adapter for a queue
     *     of this name, or if the scheduler is shut down or set up wrongly; the message names the property to set
     * @throws AsyncMigrationException if Quartz's store cannot be reached, or if the queue cannot be watched
     */
    public void start(Scheduler quartz) {
        try {
            wakeUps.open(new Schedule(quartz, async.queueName(), sweepEvery), this::open);
        } catch (SchedulerException e) {
            throw StoreChecks.explain(async.queueName(), e);
        }
    }

    private void open(Schedule schedule) throws SchedulerException {
        var quartz = schedule.scheduler();
        StoreChecks.requireRunning(quartz);
        StoreChecks.warnings(quartz.getMetaData()).forEach(text -> LOG.log(System.Logger.Level.WARNING, text));
        var opened = false;
        try {
            drain.enter(quartz);
            quartz.getListenerManager().addSchedulerListener(stopWithScheduler);
            schedule.storeJob();
            StoreChecks.requireReadable(schedule);
            schedule.storeSweep();
            watch = async.watch(wakeUps);
            scheduler = quartz;
            opened = true;
        } finally {
            if (!opened) {
                leave(quartz);
            }
        }
    }

    /**
     * Ends the waking: when this returns nothing is scheduled any more, and firings that still come end without a run. The
     * migration that runs goes on until {@link AsyncMigrations#close()}, or until the scheduler is shut down; the one after it
     * does not begin. The job and its triggers stay in Quartz's store, for the other nodes.
     */
    @Override
    public void close() {
        wakeUps.close();
        var current = watch;
        if (current != null) {
            current.close();
        }
        if (!drain.isRunning()) {
            ended();
        }
    }

    /** After the last migration of a closed adapter; until then the end of the scheduler must stop it. */
    private void ended() {
        var quartz = scheduler;
        if (quartz != null && wakeUps.isClosed() && !drain.isRunning()) {
            leave(quartz);
        }
    }

    private void leave(Scheduler quartz) {
        try {
            quartz.getListenerManager().removeSchedulerListener(stopWithScheduler);
            drain.leave(quartz);
        } catch (SchedulerException e) {
            LOG.log(System.Logger.Level.DEBUG, "the scheduler forgets this adapter by itself", e);
        }
    }

    /**
     * Without it {@code shutdown(true)} waits for the migration's end. Before it tells that it shuts down it waits for a free
     * thread; where the drain has the only one, standby, which comes first, is the moment to give it back.
     */
    private final class StopWithScheduler extends SchedulerListenerSupport {

        @Override
        public void schedulerInStandbyMode() {
            drain.stop();
        }

        @Override
        public void schedulerShuttingdown() {
            close();
            drain.stop();
        }
    }
}

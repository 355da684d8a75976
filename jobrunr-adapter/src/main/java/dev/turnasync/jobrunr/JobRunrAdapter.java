package dev.turnasync.jobrunr;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.Waker;
import java.time.InstantSource;
import org.jobrunr.scheduling.JobRequestScheduler;
import org.jobrunr.server.JobActivator;
import org.jspecify.annotations.Nullable;

/**
 * Lets JobRunr run the queue: each async migration becomes a JobRunr job of its own, with name, progress bar, log and
 * stack trace on the dashboard. The queue still decides what runs and when; the jobs only wake the worker, so one that
 * is lost, doubled or late does no harm.
 *
 * <pre>{@code
 * var async = AsyncMigrations.of(flyway);
 * var adapter = JobRunrAdapter.of(async);
 * var jobRunr = JobRunr.configure()
 *         .useJobActivator(adapter.activator())
 *         .useStorageProvider(new PostgresStorageProvider(dataSource))
 *         .useBackgroundJobServer()
 *         .initialize();
 * adapter.start(jobRunr.getJobRequestScheduler());
 * }</pre>
 *
 * With JobRunr's Spring Boot starter make {@link #handler()} a bean instead. Safe for use by many threads.
 */
public final class JobRunrAdapter implements AutoCloseable {

    private final AsyncMigrations async;
    private final WakeUps wakeUps;
    private final RunAsyncMigrationHandler handler;
    private volatile Waker.@Nullable Watch watch;

    JobRunrAdapter(AsyncMigrations async, InstantSource clock) {
        this.async = async;
        this.wakeUps = new WakeUps(async, clock);
        this.handler = new RunAsyncMigrationHandler(async, wakeUps, clock);
    }

    /**
     * Returns an adapter for a queue. One a node: JobRunr finds one handler by its class.
     *
     * @param async the queue and its worker; stays the caller's to close, after this adapter
     * @return the adapter
     */
    public static JobRunrAdapter of(AsyncMigrations async) {
        return new JobRunrAdapter(async, InstantSource.system());
    }

    /**
     * Returns a job activator for an application that has none: JobRunr calls its jobs' constructors, as before.
     *
     * @return gives JobRunr this adapter's handler
     */
    public JobActivator activator() {
        return new HandlerActivator(handler, null);
    }

    /**
     * Returns a job activator for an application that has one.
     *
     * @param own the application's, asked for all classes but {@link RunAsyncMigrationHandler}
     * @return gives JobRunr this adapter's handler
     */
    public JobActivator activator(JobActivator own) {
        return new HandlerActivator(handler, own);
    }

    /**
     * Returns the handler, to be made a bean where JobRunr takes its handlers from a container.
     *
     * @return the handler; always the same
     */
    public RunAsyncMigrationHandler handler() {
        return handler;
    }

    /**
     * Starts to wake JobRunr: from now on a job is enqueued whenever the head of the queue is due and nobody runs it.
     *
     * @param scheduler where the jobs are enqueued
     * @throws IllegalStateException if it was started or closed before
     */
    public void start(JobRequestScheduler scheduler) {
        wakeUps.open(scheduler);
        watch = async.watch(wakeUps);
        if (wakeUps.isClosed()) { // meanwhile, by another thread
            close();
        }
    }

    /**
     * Ends the waking: when this returns nothing is enqueued any more, and jobs that still come end without a run. What
     * runs goes on until {@link AsyncMigrations#close()}, or until JobRunr stops.
     */
    @Override
    public void close() {
        wakeUps.close();
        var current = watch;
        if (current != null) {
            current.close();
        }
    }

    /** Knows the handler and asks the application's activator for the rest. Null makes JobRunr use the constructor. */
    private record HandlerActivator(
            RunAsyncMigrationHandler handler, @Nullable JobActivator own) implements JobActivator {

        @Override
        public <T> @Nullable T activateJob(Class<T> type) {
            if (type == RunAsyncMigrationHandler.class) {
                return type.cast(handler);
            }
            return own == null ? null : own.activateJob(type);
        }
    }
}

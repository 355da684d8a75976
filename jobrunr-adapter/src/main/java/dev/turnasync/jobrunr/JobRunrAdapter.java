package dev.turnasync.jobrunr;

import dev.turnasync.AsyncMigrations;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jobrunr.scheduling.JobRequestScheduler;
import org.jobrunr.server.BackgroundJobServer;
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
 * adapter.start(jobRunr.getJobRequestScheduler(), JobRunr.getBackgroundJobServer());
 * }</pre>
 *
 * Close the adapter before JobRunr is stopped. With JobRunr's Spring Boot starter make {@link #handler()} a bean instead. Safe for use by many threads.
 */
public final class JobRunrAdapter implements AutoCloseable {

    private final Map<String, QueueRuns> queues = new LinkedHashMap<>();
    private final RunAsyncMigrationHandler handler;
    private volatile @Nullable Watchdog watchdog;
    private volatile boolean closed;

    JobRunrAdapter(Collection<AsyncMigrations> all, InstantSource clock) {
        for (var async : all) {
            if (queues.put(async.queueName(), new QueueRuns(async, clock)) != null) {
                throw new IllegalArgumentException("two queues have the name " + async.queueName()
                        + "; give each a shard of its own, by AsyncMigrations.builder(flyway).shard(id)");
            }
        }
        this.handler = new RunAsyncMigrationHandler(queues, clock);
    }

    /**
     * Returns an adapter for the queues of many shards. One a node: JobRunr finds one handler by its class. Each queue has its own
     * job at any time, and so one of JobRunr's threads while a migration runs.
     *
     * @param shards the queues and their workers, each with a name of its own, see
     *     {@link dev.turnasync.AsyncMigrationsBuilder#shard(String)}; they stay the caller's to close, after this adapter
     * @return the adapter
     * @throws IllegalArgumentException if there is none, or two have one name
     */
    public static JobRunrAdapter of(Collection<AsyncMigrations> shards) {
        if (shards.isEmpty()) {
            throw new IllegalArgumentException("there is no queue");
        }
        return new JobRunrAdapter(shards, InstantSource.system());
    }

    /**
     * Returns an adapter for a queue. One a node: JobRunr finds one handler by its class.
     *
     * @param async the queue and its worker; stays the caller's to close, after this adapter
     * @return the adapter
     */
    public static JobRunrAdapter of(AsyncMigrations async) {
        return new JobRunrAdapter(List.of(async), InstantSource.system());
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
     * Starts to wake JobRunr: from now on a job is enqueued whenever the head of the queue is due and nobody runs it. For
     * a node that enqueues only; its jobs are begun at the next poll of a node that runs JobRunr's server, by default
     * within 15 seconds.
     *
     * @param scheduler where the jobs are enqueued
     * @throws IllegalStateException if it was started or closed before
     */
    public void start(JobRequestScheduler scheduler) {
        watch(scheduler, null);
    }

    /**
     * Starts to wake JobRunr, and looks after its server on this node:
     *
     * <ul>
     *   <li>A job that is enqueued here is begun at once if the server has a free worker, not at its next poll.
     *   <li>A server that stopped for good because its database did not answer, as JobRunr's does, is started again when
     *       the database answers. One that the application paused or stopped is left so; but as nobody can tell why it
     *       stopped during an outage, {@link #close() close} this adapter before you stop JobRunr.
     * </ul>
     *
     * It watches on a daemon thread of its own, with a short query of JobRunr's list of servers every other second.
     *
     * @param scheduler where the jobs are enqueued
     * @param server JobRunr's server on this node, started or not; its application starts and stops it
     * @throws IllegalStateException if it was started or closed before
     */
    public void start(JobRequestScheduler scheduler, BackgroundJobServer server) {
        watch(scheduler, server);
    }

    private void watch(JobRequestScheduler scheduler, @Nullable BackgroundJobServer server) {
        var local = server == null ? null : new LocalServer(server);
        var begun = new ArrayList<QueueRuns>();
        try {
            for (var queue : queues.values()) {
                queue.start(scheduler, local);
                begun.add(queue);
            }
        } catch (RuntimeException e) {
            begun.forEach(QueueRuns::close);
            throw e;
        }
        watchdog = server == null ? null : Watchdog.start(server);
        if (closed) { // meanwhile, by another thread
            close();
        }
    }

    /**
     * Ends the waking: when this returns nothing is enqueued and no server is started any more, and jobs that still come
     * end without a run. What runs goes on until {@link AsyncMigrations#close()}, or until JobRunr stops.
     */
    @Override
    public void close() {
        closed = true;
        queues.values().forEach(QueueRuns::close);
        var dog = watchdog;
        if (dog != null) {
            dog.close();
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

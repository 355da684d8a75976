package dev.turnasync.jobrunr;

import java.time.InstantSource;
import java.util.Map;
import org.jobrunr.jobs.lambdas.JobRequestHandler;
import org.jobrunr.server.runner.ThreadLocalJobContext;

/**
 * Runs the head of the queue for a JobRunr job:
 *
 * <ol>
 *   <li>A job of a queue that this node does not work on, whose entry is not the head of its queue, or that comes while this
 *       node runs a migration of that queue, ends.
 *   <li>The head is run if it is due; a job that JobRunr repeats after a failed attempt does not wait for the backoff.
 *   <li>After a success the next entry is handed to JobRunr before the job ends, so that this thread takes it at once.
 *   <li>A failed attempt is thrown again, so that the dashboard shows it and JobRunr repeats the job. An entry that
 *       failed for good fails its job for good; requeueing that job on the dashboard retries the entry.
 *   <li>An attempt that was cut off from the database after a checkpoint is no failure; the watcher wakes for the next one.
 *   <li>Whatever else keeps the head from running ends the job; the watcher wakes when there is something to do.
 * </ol>
 *
 * <p>JobRunr stores this class's name with every job: it may never be renamed or moved. Safe for use by many threads.
 */
public final class RunAsyncMigrationHandler implements JobRequestHandler<RunAsyncMigration> {

    /** A job's page names no more than these. */
    private static final int NAMED = 3;

    private final Map<String, QueueRuns> queues;
    private final InstantSource clock;

    RunAsyncMigrationHandler(Map<String, QueueRuns> queues, InstantSource clock) {
        this.queues = queues;
        this.clock = clock;
    }

    /**
     * Runs the head of the queue if it is the entry that is asked for. Called by JobRunr.
     *
     * @param request which entry
     * @throws Exception the failure of the attempt
     */
    @Override
    public void run(RunAsyncMigration request) throws Exception {
        var page = new JobPage(ThreadLocalJobContext.getJobContext(), request.entryId(), clock);
        var queue = queues.get(request.queue());
        if (queue == null) {
            var here = queues.size() > NAMED ? queues.size() + " queues" : String.join(", ", queues.keySet());
            page.info("this node works on " + here + ", not on " + request.queue());
            return;
        }
        queue.run(request, page);
    }
}

package dev.turnasync.jobrunr;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.DrainResult;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.QueueEntry;
import java.time.InstantSource;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jobrunr.JobRunrException;
import org.jobrunr.jobs.lambdas.JobRequestHandler;
import org.jobrunr.server.runner.ThreadLocalJobContext;

/**
 * Runs the head of the queue for a JobRunr job:
 *
 * <ol>
 *   <li>A job whose entry is not the head, or that comes while this node runs a migration, ends.
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

    private final AsyncMigrations async;
    private final WakeUps wakeUps;
    private final InstantSource clock;
    private final Semaphore turn = new Semaphore(1);

    RunAsyncMigrationHandler(AsyncMigrations async, WakeUps wakeUps, InstantSource clock) {
        this.async = async;
        this.wakeUps = wakeUps;
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
        if (wakeUps.isClosed()) {
            page.info("TurnAsync is closed on this node; another one will run " + request.key());
            return;
        }
        if (!request.queue().equals(async.queueName())) {
            page.info("this node works on " + async.queueName() + ", not on " + request.queue());
            return;
        }
        // The worker would let it wait for its turn, maybe for hours, on a thread of JobRunr's. A moment is right: the
        // migration before may have just ended, and this job have been made by a watcher that was quicker than its job.
        if (!turn.tryAcquire(1, TimeUnit.SECONDS)) {
            page.info("this node runs a migration already; nothing to do");
            return;
        }
        try {
            runHead(request, page);
        } finally {
            turn.release();
        }
    }

    private void runHead(RunAsyncMigration request, JobPage page) throws Exception {
        var head = QueueView.of(async.queue()).head().filter(entry -> entry.id() == request.entryId());
        if (head.isEmpty()) {
            page.info(request.key() + " is done or not at the head of the queue; nothing to do");
            wakeUps.passOn();
            return;
        }
        if (head.get().status() == EntryStatus.FAILED && page.wasRequeuedByPerson()) {
            async.queue().retry(request.key(), "JobRunr dashboard", "its job was requeued");
        }
        settle(request, drain(head.get(), page), page);
    }

    private DrainResult drain(QueueEntry head, JobPage page) {
        var watch = async.onEvent(page);
        try {
            return page.repeats(head)
                    ? async.worker().drainOneNow()
                    : async.worker().drainOne();
        } finally {
            watch.close();
            // JobRunr wanted us to stop, and we did. With the flag still up it would count a failure, or find no
            // connection to store how the job ended.
            if (Thread.interrupted()) {
                page.info("JobRunr stopped this job");
            }
        }
    }

    private boolean wasCutOff(RunAsyncMigration request) {
        return async.queue()
                .find(request.key())
                .filter(entry -> QueueView.wasCutOff(async.queue(), entry))
                .isPresent();
    }

    private void settle(RunAsyncMigration request, DrainResult result, JobPage page) throws Exception {
        var failure = result.failure();
        if (result.failed() > 0) {
            page.failedForGood();
            throw new JobRunrException(
                    request.key() + " failed for good and blocks the queue: " + failure
                            + ". Mend the cause, then requeue this job, or retry or skip " + request.key() + ".",
                    true,
                    failure);
        }
        if (failure != null && wasCutOff(request)) {
            page.info("cut off from the database: " + failure + "; another job goes on from the last checkpoint");
            return;
        }
        if (failure != null) {
            throw failure instanceof Exception known ? known : new AsyncMigrationException(failure.toString(), failure);
        }
        if (result.succeeded() > 0) {
            wakeUps.passOn();
        } else {
            page.info("ended without a success: " + result.why());
        }
    }
}

package dev.turnasync.jobrunr;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.DrainResult;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.api.Waker;
import java.time.InstantSource;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jobrunr.JobRunrException;
import org.jobrunr.scheduling.JobRequestScheduler;
import org.jspecify.annotations.Nullable;

/** One queue of this node, as JobRunr wakes and runs it; see {@link RunAsyncMigrationHandler}. Safe for use by many threads. */
final class QueueRuns {

    private final AsyncMigrations async;
    private final WakeUps wakeUps;
    private final Semaphore turn = new Semaphore(1);
    private volatile Waker.@Nullable Watch watch;

    QueueRuns(AsyncMigrations async, InstantSource clock) {
        this.async = async;
        this.wakeUps = new WakeUps(async, clock);
    }

    String queueName() {
        return async.queueName();
    }

    void start(JobRequestScheduler scheduler, @Nullable LocalServer server) {
        wakeUps.open(scheduler, server);
        watch = async.watch(wakeUps);
        if (wakeUps.isClosed()) { // meanwhile, by another thread
            close();
        }
    }

    /** When this returns nothing is being enqueued, and nothing will be. */
    void close() {
        wakeUps.close();
        var current = watch;
        if (current != null) {
            current.close();
        }
    }

    void run(RunAsyncMigration request, JobPage page) throws Exception {
        if (wakeUps.isClosed()) {
            page.info("TurnAsync is closed on this node; another one will run " + named(request));
            return;
        }
        // The worker would let it wait for its turn, maybe for hours, on a thread of JobRunr's. A moment is right: the
        // migration before may have just ended, and this job have been made by a watcher that was quicker than its job.
        if (!turn.tryAcquire(1, TimeUnit.SECONDS)) {
            page.info("this node runs a migration of " + async.queueName() + " already; nothing to do");
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
            page.info(named(request) + " is done or not at the head of the queue; nothing to do");
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
            var name = named(request);
            page.failedForGood();
            throw new JobRunrException(
                    name + " failed for good and blocks the queue: " + failure
                            + ". Mend the cause, then requeue this job, or retry or skip " + name + ".",
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

    private String named(RunAsyncMigration request) {
        return async.shard().map(shard -> shard + "/").orElse("") + request.key();
    }
}

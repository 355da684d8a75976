package dev.turnasync.jobrunr;

import dev.turnasync.api.MigrationListener;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.api.QueueEntry.Progress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.OptionalInt;
import org.jobrunr.jobs.context.JobContext;
import org.jspecify.annotations.Nullable;

/**
 * The page of one run of a JobRunr job on its dashboard: bar, log lines, and what a repeated job must know. Made on
 * JobRunr's thread, written to by the worker's; JobRunr bears that. It rewrites the whole page at every poll, so the
 * lines are few.
 */
final class JobPage implements MigrationListener {

    /** With start, end and a warning or two an attempt stays below 200 lines. */
    private static final int MAX_PROGRESS_LINES = 190;

    private static final String ATTEMPT = "turnasync-attempt";
    private static final String FAILED_FOR_GOOD = "turnasync-failed-for-good";
    private static final int PERCENT_STEP = 5;
    private static final Duration QUIET = Duration.ofSeconds(30);
    private static final int LINE_LENGTH = 500;

    private final JobContext job;
    private final long entryId;
    private final InstantSource clock;
    private int progressLines;
    private int lastPercent;
    private @Nullable Instant lastLineAt;

    JobPage(JobContext job, long entryId, InstantSource clock) {
        this.job = job;
        this.entryId = entryId;
        this.clock = clock;
    }

    /** Whether this run repeats the attempt that this job made last, and nobody else has run the entry since. */
    boolean repeats(QueueEntry head) {
        var run = head.run();
        return job.currentRetry() > 0
                && run != null
                && Integer.toString(run.attempt()).equals(job.<@Nullable String>getMetadata(ATTEMPT));
    }

    /** Whether the entry failed for good in this job. JobRunr never repeats such a job, so a person requeued it. */
    boolean wasRequeuedByPerson() {
        return job.<@Nullable String>getMetadata(FAILED_FOR_GOOD) != null;
    }

    void failedForGood() {
        job.saveMetadata(FAILED_FOR_GOOD, job.getJobId().toString());
    }

    void info(String line) {
        job.logger().info(cut(line));
    }

    @Override
    public void on(Event event) {
        if (event.entry().id() != entryId) {
            return;
        }
        if (event instanceof Event.Started e) {
            job.saveMetadata(ATTEMPT, Integer.toString(e.attempt()));
            info("attempt " + e.attempt() + " started by worker " + e.worker());
        } else if (event instanceof Event.Progressed e) {
            progressed(e.progress());
        } else if (event instanceof Event.Logged e) {
            logged(e.line());
        } else if (event instanceof Event.Succeeded e) {
            info("attempt " + e.attempt() + " succeeded in " + e.took().toMillis() + " ms");
        } else if (event instanceof Event.HandedBack e) {
            info("attempt " + e.attempt()
                    + " was given back: the worker stops, or the entry was paused or cancelled; it counts no failure");
        } else if (event instanceof Event.Failed e) {
            job.logger().error(cut("failed for good, " + e.reason() + ": " + e.failure()));
        } else {
            job.logger().warn(cut(warning(event)));
        }
    }

    private void logged(String line) {
        if (progressLines < MAX_PROGRESS_LINES) {
            progressLines++;
            info(line);
        }
    }

    private static String warning(Event event) {
        if (event instanceof Event.AttemptFailed e) {
            return "attempt " + e.attempt() + " failed: " + e.failure();
        }
        if (event instanceof Event.LeaseLost e) {
            return "attempt " + e.attempt() + " lost the lease; what it had not committed is void";
        }
        return event instanceof Event.Warned e ? e.warning() : event.toString();
    }

    /** JobRunr shows 100 % for a total of 0, so there is no bar before the total is known. */
    private void progressed(Progress progress) {
        var done = progress.done();
        var total = progress.total();
        if (done == null) {
            return;
        }
        if (total != null && total > 0) {
            job.progressBar(total).setProgress(total, Math.max(0, done), 0);
        }
        if (progressLines < MAX_PROGRESS_LINES && isNews(progress.percent())) {
            progressLines++;
            lastLineAt = clock.instant();
            lastPercent = progress.percent().orElse(0);
            info(total == null ? "done " + done : "done " + done + " of " + total);
        }
    }

    private boolean isNews(OptionalInt percent) {
        var last = lastLineAt;
        return last == null
                || percent.orElse(0) - lastPercent >= PERCENT_STEP
                || Duration.between(last, clock.instant()).compareTo(QUIET) >= 0;
    }

    private static String cut(String line) {
        return line.length() <= LINE_LENGTH ? line : line.substring(0, LINE_LENGTH) + "…";
    }
}

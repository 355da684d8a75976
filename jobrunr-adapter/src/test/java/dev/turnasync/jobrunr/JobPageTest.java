package dev.turnasync.jobrunr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.MigrationListener.Event;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.resumable.AsyncContext;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jobrunr.jobs.Job;
import org.jobrunr.jobs.JobDetails;
import org.jobrunr.jobs.context.JobDashboardLogger.JobDashboardLogLine;
import org.jobrunr.jobs.context.JobDashboardLogger.JobDashboardLogLines;
import org.jobrunr.jobs.context.JobDashboardProgressBar;
import org.jobrunr.jobs.states.StateName;
import org.jobrunr.server.runner.RunnerJobContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class JobPageTest extends Scenario {

    private final Job job = new Job(new JobDetails(new RunAsyncMigration("q", 7, "42")));
    private final ManualClock clock = new ManualClock(Instant.now());
    private final JobPage page = new JobPage(new RunnerJobContext(job), 7, clock);

    @Test
    void showsBarAndLinesOfAJobThatRan() {
        var flyway = flyway(Scripted.of("1", "counts", context -> {
            AsyncContext.of(context).progress(30, 40);
        }));
        flyway.migrate();
        try (var store = Store.inMemory();
                var node = Node.of(flyway, store).start()) {
            awaitStatus(node, "1", EntryStatus.SUCCEEDED);
            await().atMost(SOON).until(() -> store.jobs(StateName.SUCCEEDED).size() == 1);

            var ran = store.jobs(StateName.SUCCEEDED).get(0);
            var bar = JobDashboardProgressBar.get(ran);
            assertThat(bar.getTotalAmount()).isEqualTo(40);
            assertThat(bar.getSucceededAmount()).isEqualTo(30);
            assertThat(lines(ran))
                    .hasSize(3)
                    .satisfiesExactly(
                            line -> assertThat(line).startsWith("attempt 1 started by worker"),
                            line -> assertThat(line).isEqualTo("done 30 of 40"),
                            line -> assertThat(line).startsWith("attempt 1 succeeded in"));
        }
    }

    @Test
    void showsNoBarBeforeTheTotalIsKnown() {
        page.on(progressed(10, null));

        assertThat(JobDashboardProgressBar.get(job)).isNull();
        assertThat(lines(job)).containsExactly("done 10");
    }

    @Test
    void tellsOnlyOfEveryFivePercent() {
        for (var done = 1L; done <= 100; done++) {
            page.on(progressed(done, 100L));
        }

        assertThat(lines(job)).hasSize(20);
        assertThat(JobDashboardProgressBar.get(job).getProgressAsPercentage()).isEqualTo(100);
    }

    @Test
    void staysBelowTwoHundredLines() {
        for (var done = 1L; done <= 1_000; done++) {
            clock.advance(Duration.ofMinutes(1));
            page.on(progressed(done, null));
        }
        page.on(new Event.Succeeded(entry(7), 1, Duration.ofDays(1)));

        assertThat(lines(job)).hasSizeLessThan(200).last().asString().startsWith("attempt 1 succeeded");
    }

    @Test
    void leavesOutOtherEntries() {
        page.on(new Event.Started(entry(8), 1, "w"));

        assertThat(lines(job)).isEmpty();
    }

    @Test
    void repeatsOnlyTheAttemptThatItsOwnJobMadeLast() {
        page.on(new Event.Started(entry(7), 2, "w"));
        assertThat(page.repeats(ran(2))).isFalse();

        job.failed("it failed", new IllegalStateException("full"));

        assertThat(page.repeats(ran(2))).isTrue();
        assertThat(page.repeats(ran(3))).isFalse();
    }

    private static List<String> lines(Job job) {
        return job.getMetadata().values().stream()
                .flatMap(value -> value instanceof JobDashboardLogLines lines
                        ? lines.getLogLines().stream()
                        : Stream.<JobDashboardLogLine>empty())
                .map(JobDashboardLogLine::getLogMessage)
                .toList();
    }

    private static Event progressed(long done, Long total) {
        return new Event.Progressed(entry(7), new QueueEntry.Progress(done, total));
    }

    private static QueueEntry entry(long id) {
        return entry(id, null);
    }

    private static QueueEntry ran(int attempt) {
        return entry(7, new QueueEntry.Run(attempt, null, null, Instant.EPOCH, null));
    }

    private static QueueEntry entry(long id, QueueEntry.@Nullable Run run) {
        return new QueueEntry(
                id,
                new QueueEntry.Identity(
                        "42", "42", "backfill", null, "V42__Backfill", 1, QueueEntry.Direction.UP, Instant.EPOCH),
                EntryStatus.RUNNING,
                QueueEntry.Standing.APPLIED,
                1,
                null,
                Instant.EPOCH,
                new QueueEntry.Tries(0, null, 0, null, null),
                run,
                QueueEntry.Progress.NONE);
    }
}

package dev.turnasync.quartz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.api.RetryPolicy;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.flywaydb.core.api.migration.JavaMigration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quartz.SchedulerException;
import org.quartz.SimpleTrigger;
import org.quartz.Trigger.TriggerState;
import org.quartz.impl.matchers.GroupMatcher;

/** What is in Quartz's store, each kind of trigger on its own. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class QuartzTriggersTest {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Duration NEVER = Duration.ofHours(1);

    private static AsyncMigrations node(Deployment build, RetryPolicy policy) {
        return build.node(AsyncMigrations.builder(build.flyway()).retryPolicy(policy));
    }

    private static JavaMigration failingOnce() {
        var failures = new AtomicInteger(1);
        return Script.async("1", context -> {
            if (failures.getAndDecrement() > 0) {
                throw new IllegalStateException("the disk is full");
            }
            Script.note(context, "1");
        });
    }

    private static void awaitStatus(Deployment build, String key, EntryStatus status) {
        await("status of " + key).atMost(SOON).until(() -> build.status(key), status::equals);
    }

    private static void awaitOnlyTheSweep(QuartzNode node) {
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(node.scheduler().getTriggerKeys(GroupMatcher.anyGroup()))
                        .containsExactly(node.trigger("sweep")));
    }

    @Test
    void belongToADurableRecoverableJobThatHasStringsOnly() throws Exception {
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate();
                var schedulers =
                        Schedulers.clustered(build.database()).with("org.quartz.jobStore.useProperties", "true");
                var node = QuartzNode.start(build.node(), schedulers.make())) {
            awaitStatus(build, "1", EntryStatus.SUCCEEDED);

            var job = node.scheduler().getJobDetail(node.job());
            assertThat(job.isDurable()).isTrue();
            assertThat(job.requestsRecovery()).isTrue();
            assertThat(job.isConcurrentExecutionDisallowed()).isFalse();
            assertThat(job.getJobClass().getName()).isEqualTo("dev.turnasync.quartz.DrainQueue");
            assertThat(job.getJobDataMap()).containsOnly(java.util.Map.entry("queue", "public.flyway_schema_history"));
            assertThat(node.scheduler().getTrigger(node.trigger("sweep")))
                    .isInstanceOfSatisfying(SimpleTrigger.class, t -> {
                        assertThat(t.getRepeatInterval()).isEqualTo(30_000);
                        assertThat(t.getRepeatCount()).isEqualTo(SimpleTrigger.REPEAT_INDEFINITELY);
                        assertThat(t.getMisfireInstruction())
                                .isEqualTo(SimpleTrigger.MISFIRE_INSTRUCTION_RESCHEDULE_NEXT_WITH_REMAINING_COUNT);
                    });
            awaitOnlyTheSweep(node);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ERROR", "BLOCKED", "COMPLETE"})
    void areWellAgainAfterAStart(String ill) {
        try (var build = Deployment.of();
                var schedulers = Schedulers.clustered(build.database())) {
            var node = QuartzNode.start(build.node(), schedulers.make());
            node.close();
            build.database().execute("UPDATE qrtz_triggers SET trigger_state = '" + ill + "'");

            try (var again = QuartzNode.start(build.node(), schedulers.make())) {
                assertThat(again.state("sweep")).isEqualTo(TriggerState.NORMAL);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ERROR", "COMPLETE"})
    void areMadeAnewByTheWatcherWhenTheyCanNotFire(String ill) throws SchedulerException {
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate();
                var schedulers = Schedulers.clustered(build.database())) {
            var scheduler = schedulers.make();
            var async = build.node(AsyncMigrations.builder(build.flyway()).watchEvery(Duration.ofMillis(200)));
            try (var adapter = QuartzAdapter.of(async)) {
                adapter.start(scheduler);
                var wake = new Schedule(scheduler, async.queueName(), NEVER).triggerKey("wake-1");
                await().atMost(SOON).until(() -> scheduler.checkExists(wake));
            }
            build.database()
                    .execute("UPDATE qrtz_triggers SET trigger_state = '" + ill + "' WHERE trigger_name = 'wake-1'");

            try (var node = QuartzNode.start(async, scheduler)) {
                awaitStatus(build, "1", EntryStatus.SUCCEEDED);
                awaitOnlyTheSweep(node);
            }
        }
    }

    @Test
    void sweepWhenNobodyElseWakes() throws SchedulerException {
        try (var build = Deployment.of(failingOnce()).migrate();
                var schedulers = Schedulers.inMemory();
                var node =
                        QuartzNode.deaf(node(build, RetryPolicy.never()), schedulers.make(), Duration.ofMillis(300))) {
            awaitStatus(build, "1", EntryStatus.FAILED);

            build.node().queue().retry("1", "ada", "in another process, which hints nobody here");

            awaitStatus(build, "1", EntryStatus.SUCCEEDED);
            assertThat(node.state("sweep")).isEqualTo(TriggerState.NORMAL);
        }
    }

    @Test
    void retryAfterTheBackoffWhenNobodyElseWakes() throws SchedulerException {
        var second = RetryPolicy.ofDefaults().withDelays(Duration.ofSeconds(1), Duration.ofSeconds(1));
        try (var build = Deployment.of(failingOnce()).migrate();
                var schedulers = Schedulers.clustered(build.database());
                var node = QuartzNode.deaf(node(build, second), schedulers.make(), NEVER)) {
            node.scheduler().triggerJob(node.job());

            awaitStatus(build, "1", EntryStatus.SUCCEEDED);
            awaitOnlyTheSweep(node);
        }
    }

    @Test
    void retryAgainFromTheFiringOfARetry() throws SchedulerException {
        var failures = new AtomicInteger(3);
        var second = RetryPolicy.ofDefaults().withDelays(Duration.ofSeconds(1), Duration.ofSeconds(1));
        try (var build = Deployment.of(Script.async("1", context -> {
                            if (failures.getAndDecrement() > 0) {
                                throw new IllegalStateException("the disk is full");
                            }
                        }))
                        .migrate();
                var schedulers = Schedulers.inMemory();
                var node = QuartzNode.deaf(node(build, second), schedulers.make(), NEVER)) {
            node.scheduler().triggerJob(node.job());

            awaitStatus(build, "1", EntryStatus.SUCCEEDED);
            awaitOnlyTheSweep(node);
        }
    }

    @Test
    void leaveAFailedEntryToAPerson() {
        try (var build = Deployment.of(failingOnce()).migrate();
                var schedulers = Schedulers.inMemory();
                var node = QuartzNode.start(node(build, RetryPolicy.never()), schedulers.make(), NEVER)) {
            awaitStatus(build, "1", EntryStatus.FAILED);
            awaitOnlyTheSweep(node);

            node.async().queue().retry("1", "ada", "the disk was cleaned");

            awaitStatus(build, "1", EntryStatus.SUCCEEDED);
        }
    }

    /** Else a clock that is ahead of the database's would make a firing after the other. */
    @Test
    void neverRetryWithinASecondAndReplaceTheOneThatThereIs() throws SchedulerException {
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate();
                var schedulers = Schedulers.inMemory()) {
            var schedule = new Schedule(schedulers.make(), "q", NEVER);
            schedule.storeJob();
            var entry = build.entry("1");
            assertThat(retryAt(schedule, entry, Instant.now().minusSeconds(60)))
                    .isAfter(Instant.now().plusMillis(500));

            var due = Instant.now().plusSeconds(3_600);

            assertThat(retryAt(schedule, entry, due)).isBetween(due, due.plusSeconds(1));
        }
    }

    private static Instant retryAt(Schedule schedule, QueueEntry entry, Instant due) throws SchedulerException {
        schedule.retry(entry, due);
        var retry = schedule.triggerKey("retry-" + entry.id());
        return schedule.scheduler().getTrigger(retry).getNextFireTime().toInstant();
    }
}

package dev.turnasync.quartz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.Attempt;
import dev.turnasync.api.Attempt.Outcome;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.flywaydb.core.api.migration.JavaMigration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.quartz.Scheduler;

/** Ends, in all orders. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class QuartzStopsTest {

    private static final Duration SOON = Duration.ofSeconds(60);

    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);
    private final Schedulers schedulers = Schedulers.inMemory();
    private final Deployment build = Deployment.of(sleepingAtFirst(), Script.async("2", Script.note("2")));
    private final AsyncMigrations async = build.node(AsyncMigrations.builder(build.flyway())
            .watchEvery(Duration.ofMillis(200))
            .stopGrace(Duration.ZERO));

    @AfterEach
    void close() {
        goOn.countDown();
        async.close();
        schedulers.close();
        build.close();
    }

    private JavaMigration sleepingAtFirst() {
        return Script.async("1", context -> {
            begun.countDown();
            try (var statement = context.getConnection().createStatement()) {
                statement.execute("SELECT pg_sleep(" + (context.attempt() == 1 ? 3600 : 0) + ")");
            }
            Script.note(context, "1");
        });
    }

    private QuartzNode startAndAwaitTheFirst(Scheduler scheduler) throws InterruptedException {
        build.migrate();
        var node = QuartzNode.start(async, scheduler);
        begun.await();
        return node;
    }

    private List<Outcome> outcomes() {
        return build.node().queue().attempts(build.entry("1")).stream()
                .map(Attempt::outcome)
                .toList();
    }

    private void awaitDrained() {
        await().atMost(SOON).until(() -> build.status("2"), EntryStatus.SUCCEEDED::equals);
        assertThat(build.journal()).containsExactly("1", "2");
        assertThat(outcomes()).containsExactly(Outcome.HANDED_BACK, Outcome.SUCCEEDED);
    }

    @Test
    void shutdownThatWaitsHandsBackThoughTheDrainHasTheOnlyThread() throws Exception {
        var one = schedulers.with("org.quartz.threadPool.threadCount", "1").make();
        startAndAwaitTheFirst(one);

        one.shutdown(true);

        assertThat(outcomes()).containsExactly(Outcome.HANDED_BACK);
        QuartzNode.start(async, schedulers.make());
        awaitDrained();
    }

    @Test
    void shutdownClosesTheAdapter() throws Exception {
        var node = startAndAwaitTheFirst(schedulers.make());

        node.scheduler().shutdown(true);

        assertThat(node.scheduler().getContext()).isEmpty();
        assertThatThrownBy(() -> node.adapter().start(schedulers.make())).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shutdownHandsBackThoughTheAdapterWasClosedBefore() throws Exception {
        var node = startAndAwaitTheFirst(schedulers.make());
        node.adapter().close();

        node.scheduler().shutdown(true);

        assertThat(outcomes()).containsExactly(Outcome.HANDED_BACK);
        assertThat(node.scheduler().getListenerManager().getSchedulerListeners())
                .isEmpty();
    }

    @Test
    void standbyHandsBackAndAStartGoesOn() throws Exception {
        var node = startAndAwaitTheFirst(schedulers.make());

        node.scheduler().standby();

        await().atMost(SOON).until(() -> outcomes().equals(List.of(Outcome.HANDED_BACK)));
        node.scheduler().start();
        awaitDrained();
    }

    @Test
    void interruptHandsBackAndLeavesQuartzsThreadClean() throws Exception {
        var scheduler = schedulers.make();
        var firings = Firings.of(scheduler);
        var node = startAndAwaitTheFirst(scheduler);

        assertThat(scheduler.interrupt(node.job())).isTrue();

        awaitDrained();
        await().atMost(SOON).until(() -> firings.ended().size() >= 2);
        assertThat(firings.ended()).noneMatch(Firings.Firing::interrupted).allMatch(firing -> firing.failure() == null);
    }

    @Test
    void aSecondFiringEndsAtOnceWhileTheFirstDrains() throws Exception {
        var scheduler = schedulers.make();
        var firings = Firings.of(scheduler);
        var node = startAndAwaitTheFirst(scheduler);

        scheduler.triggerJob(node.job());
        scheduler.triggerJob(node.job());

        await().atMost(SOON).until(() -> firings.ended().size() == 2);
        assertThat(outcomes()).containsExactly(Outcome.RUNNING);
        assertThat(scheduler.getCurrentlyExecutingJobs()).hasSize(1);
    }

    @Test
    void aFiringEndsQuietlyWhereTheNodeHasNoAdapter() throws Exception {
        build.migrate();
        var scheduler = schedulers.make();
        var firings = Firings.of(scheduler);
        var schedule = new Schedule(scheduler, async.queueName(), Duration.ofHours(1));
        schedule.storeJob();
        scheduler.start();

        scheduler.triggerJob(schedule.jobKey());

        await().atMost(SOON).until(() -> firings.ended().size() == 1);
        assertThat(firings.ended()).allMatch(firing -> firing.failure() == null);
        assertThat(build.status("1")).isEqualTo(EntryStatus.QUEUED);
    }

    @Test
    void aFiringEndsQuietlyWhereTheDatabaseDoesNotAnswer() throws Exception {
        var source = build.database().dataSourceAs("postgres");
        var scheduler = schedulers.make();
        var firings = Firings.of(scheduler);
        var node = QuartzNode.start(build.node(AsyncMigrations.builder(build.flyway(source))), scheduler);
        source.setPortNumbers(new int[] {1});

        scheduler.triggerJob(node.job());

        await().atMost(SOON).until(() -> firings.ended().size() == 1);
        assertThat(firings.ended()).allMatch(firing -> firing.failure() == null);
    }

    @Test
    void theAdapterStartsOnceAndNeverAfterItsEnd() throws Exception {
        var scheduler = schedulers.make();
        var node = QuartzNode.start(async, scheduler);
        assertThatThrownBy(() -> node.adapter().start(scheduler))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("was started or closed before");

        node.adapter().close();

        assertThatThrownBy(() -> node.adapter().start(scheduler)).isInstanceOf(IllegalStateException.class);
        assertThat(scheduler.getContext()).isEmpty();
        assertThat(scheduler.getListenerManager().getSchedulerListeners()).isEmpty();
    }

    @Test
    void aSchedulerHasOneAdapterForAQueue() throws Exception {
        var node = QuartzNode.start(async, schedulers.make());
        try (var second = QuartzAdapter.of(async)) {
            assertThatThrownBy(() -> second.start(node.scheduler()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("has an adapter for a queue public.flyway_schema_history already");
        }
        assertThat(node.scheduler().getContext()).isNotEmpty();
    }
}

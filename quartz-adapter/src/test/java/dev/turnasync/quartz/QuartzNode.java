package dev.turnasync.quartz;

import static org.awaitility.Awaitility.await;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.contract.FleetNode;
import java.time.Duration;
import org.quartz.JobKey;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.Trigger;
import org.quartz.TriggerBuilder;
import org.quartz.TriggerKey;

/** A scheduler and an adapter on it, both started. */
record QuartzNode(AsyncMigrations async, Scheduler scheduler, QuartzAdapter adapter)
        implements FleetNode, AutoCloseable {

    static QuartzNode start(AsyncMigrations async, Scheduler scheduler) {
        return start(async, scheduler, QuartzAdapter.SWEEP_EVERY);
    }

    static QuartzNode start(AsyncMigrations async, Scheduler scheduler, Duration sweepEvery) {
        var adapter = new QuartzAdapter(async, sweepEvery);
        adapter.start(scheduler);
        try {
            scheduler.start();
        } catch (SchedulerException e) {
            throw new IllegalStateException(e);
        }
        return new QuartzNode(async, scheduler, adapter);
    }

    /** Without a watcher, so that nothing but what is in Quartz's store makes it drain. */
    static QuartzNode deaf(AsyncMigrations async, Scheduler scheduler, Duration sweepEvery) throws SchedulerException {
        var wakeUps = new WakeUps(async.queueName());
        var drain = new QueueDrain(async, wakeUps, () -> {});
        wakeUps.open(new Schedule(scheduler, async.queueName(), sweepEvery), schedule -> {
            drain.enter(scheduler);
            schedule.storeJob();
            schedule.storeSweep();
        });
        scheduler.start();
        return new QuartzNode(async, scheduler, QuartzAdapter.of(async));
    }

    JobKey job() {
        return new JobKey(async.queueName(), "turnasync");
    }

    TriggerKey trigger(String name) {
        return new TriggerKey(name, "turnasync:" + async.queueName());
    }

    Trigger.TriggerState state(String trigger) {
        try {
            return scheduler.getTriggerState(trigger(trigger));
        } catch (SchedulerException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void wakeInVain() {
        var trigger = TriggerBuilder.newTrigger()
                .withIdentity(trigger("wake-999999"))
                .forJob(job())
                .build();
        try {
            scheduler.scheduleJob(trigger);
        } catch (SchedulerException e) {
            throw new IllegalStateException(e);
        }
        await("the end of the firing").until(() -> !scheduler.checkExists(trigger.getKey()));
    }

    @Override
    public void closeAdapter() {
        adapter.close();
    }

    @Override
    public void stopScheduler() {
        try {
            scheduler.shutdown(true);
        } catch (SchedulerException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        adapter.close();
        async.close();
        stopScheduler();
    }
}

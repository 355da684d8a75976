package dev.turnasync.quartz;

import dev.turnasync.api.QueueEntry;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.quartz.JobBuilder;
import org.quartz.JobDetail;
import org.quartz.JobKey;
import org.quartz.ObjectAlreadyExistsException;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.SimpleScheduleBuilder;
import org.quartz.Trigger;
import org.quartz.TriggerBuilder;
import org.quartz.TriggerKey;

/**
 * What Quartz stores for a queue: one durable job that drains it, and triggers in a group of its own.
 *
 * <ul>
 *   <li>{@code wake-<entry>} fires at once, when a watcher saw that the entry is due;
 *   <li>{@code retry-<entry>} fires when the next attempt of a RETRYABLE entry is due;
 *   <li>{@code sweep} fires every so often, whatever was lost.
 * </ul>
 *
 * <p>All nodes share them, and a firing in vain costs a look at the queue. So whoever comes second is content with what
 * there is. Safe for use by many threads.
 */
record Schedule(Scheduler scheduler, String queue, Duration sweepEvery) {

    /** How long a retry is put off: Quartz fires up to 2 ms early, and the attempt is due by the database's clock. */
    private static final Duration LATE = Duration.ofMillis(50);

    /** How soon a retry may fire, so that a clock that is ahead of the database's makes no storm. */
    private static final Duration SOONEST = Duration.ofSeconds(1);

    JobKey jobKey() {
        return new JobKey(queue, "turnasync");
    }

    TriggerKey triggerKey(String name) {
        return new TriggerKey(name, "turnasync:" + queue);
    }

    void storeJob() throws SchedulerException {
        scheduler.addJob(job(), true);
    }

    /** Fails where the store can write the job but not read it. */
    void readJob() throws SchedulerException {
        scheduler.getJobDetail(jobKey());
    }

    /** Stores the sweep anew, so that one that stands in ERROR or BLOCKED is well again. */
    void storeSweep() throws SchedulerException {
        var every = SimpleScheduleBuilder.simpleSchedule()
                .withIntervalInMilliseconds(sweepEvery.toMillis())
                .repeatForever()
                .withMisfireHandlingInstructionNextWithRemainingCount();
        replace(trigger("sweep")
                .withSchedule(every)
                .startAt(Date.from(Instant.now().plus(sweepEvery)))
                .build());
    }

    void wake(QueueEntry head) throws SchedulerException {
        if (!scheduler.checkExists(jobKey())) {
            storeJob();
            storeSweep();
        }
        var trigger = trigger("wake-" + head.id()).startNow().build();
        try {
            scheduler.scheduleJob(trigger);
        } catch (ObjectAlreadyExistsException e) {
            if (isSpent(trigger.getKey())) {
                scheduler.rescheduleJob(trigger.getKey(), trigger);
            }
        }
    }

    /** Stored, but will not fire: its node died or runs it in vain, or a node without this adapter could not load it. */
    private boolean isSpent(TriggerKey key) throws SchedulerException {
        var state = scheduler.getTriggerState(key);
        return state == Trigger.TriggerState.COMPLETE || state == Trigger.TriggerState.ERROR;
    }

    void retry(QueueEntry head, Instant due) throws SchedulerException {
        var soonest = Instant.now().plus(SOONEST);
        var later = due.plus(LATE);
        var at = later.isAfter(soonest) ? later : soonest;
        replace(trigger("retry-" + head.id()).startAt(Date.from(at)).build());
    }

    private void replace(Trigger trigger) throws SchedulerException {
        if (scheduler.rescheduleJob(trigger.getKey(), trigger) == null) {
            try {
                scheduler.scheduleJob(trigger);
            } catch (ObjectAlreadyExistsException e) {
                // Another node was quicker; its trigger says the same.
            }
        }
    }

    private JobDetail job() {
        return JobBuilder.newJob(DrainQueue.class)
                .withIdentity(jobKey())
                .withDescription("Drains the TurnAsync queue " + queue)
                .usingJobData(DrainQueue.QUEUE, queue)
                .storeDurably(true)
                .requestRecovery(true)
                .build();
    }

    private TriggerBuilder<Trigger> trigger(String name) {
        return TriggerBuilder.newTrigger().withIdentity(triggerKey(name)).forJob(jobKey());
    }
}

package dev.turnasync.quartz;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.quartz.JobExecutionContext;
import org.quartz.JobExecutionException;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.listeners.JobListenerSupport;

/** Notes each firing of a scheduler at its end, on Quartz's thread. */
final class Firings extends JobListenerSupport {

    /** A firing: its trigger, what it threw, and whether it left its thread interrupted. */
    record Firing(String trigger, @Nullable Exception failure, boolean interrupted) {}

    private final List<Firing> ended = new CopyOnWriteArrayList<>();

    static Firings of(Scheduler scheduler) throws SchedulerException {
        var firings = new Firings();
        scheduler.getListenerManager().addJobListener(firings);
        return firings;
    }

    List<Firing> ended() {
        return ended;
    }

    @Override
    public String getName() {
        return "firings";
    }

    @Override
    public void jobWasExecuted(JobExecutionContext context, @Nullable JobExecutionException failure) {
        var interrupted = Thread.currentThread().isInterrupted();
        ended.add(new Firing(context.getTrigger().getKey().getName(), failure, interrupted));
    }
}

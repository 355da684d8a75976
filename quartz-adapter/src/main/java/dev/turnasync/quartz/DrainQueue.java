package dev.turnasync.quartz;

import org.jspecify.annotations.Nullable;
import org.quartz.InterruptableJob;
import org.quartz.JobExecutionContext;

/**
 * Drains a queue for Quartz, which makes one for each firing. Interrupting it through Quartz hands a running entry back.
 *
 * <p>The name of the queue is in the job's data. Where this node has no adapter for it, another node's firing will do the
 * work: this one ends. A failure is never thrown at Quartz, which would not repeat it; the queue keeps it and the adapter
 * repeats it.
 *
 * <p>Quartz stores this class's name: it may never be renamed or moved.
 */
public final class DrainQueue implements InterruptableJob {

    /** The key of the queue's name in the job's data, which holds strings only. */
    static final String QUEUE = "queue";

    private static final System.Logger LOG = System.getLogger(DrainQueue.class.getName());

    private volatile @Nullable QueueDrain drain;

    /** Made by Quartz. */
    public DrainQueue() {}

    @Override
    public void execute(JobExecutionContext context) {
        var queue = String.valueOf(context.getMergedJobDataMap().get(QUEUE));
        var found = QueueDrain.find(context.getScheduler(), queue).orElse(null);
        if (found == null) {
            LOG.log(System.Logger.Level.DEBUG, "this node has no adapter for " + queue + "; nothing to do");
            return;
        }
        drain = found;
        found.run(context.getScheduler());
    }

    @Override
    public void interrupt() {
        var running = drain;
        if (running != null) {
            running.stop();
        }
    }
}

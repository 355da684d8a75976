package dev.turnasync.jobrunr;

import java.util.UUID;
import org.jobrunr.jobs.states.StateName;
import org.jobrunr.server.BackgroundJobServer;

/** JobRunr's server of this node, seen from the side of its queue. Safe for use by many threads. */
final class LocalServer {

    private static final System.Logger LOG = System.getLogger(LocalServer.class.getName());

    private final BackgroundJobServer server;
    private volatile boolean impossible;

    LocalServer(BackgroundJobServer server) {
        this.server = server;
    }

    /**
     * Lets it fetch work now instead of at its next poll, as it does whenever one of its workers has ended a job. It fetches no
     * more than it has free workers for, nothing while it is paused or stopped, and nothing while it fetches already. Takes
     * one query of JobRunr's. Never fails: what is not fetched now waits for the poll.
     */
    void fetchNow() {
        try {
            if (!impossible && server.isRunning() && !server.isNotReadyToProcessJobs()) {
                var steward = server.getJobSteward();
                // Found before the other is called: in a JobRunr without it a worker would count as busy for ever.
                Runnable idle = steward::notifyThreadIdle;
                steward.notifyThreadOccupied();
                idle.run();
            }
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.DEBUG, "JobRunr fetched nothing; it does at its next poll", e);
        } catch (LinkageError e) {
            impossible = true;
            LOG.log(System.Logger.Level.DEBUG, "this JobRunr can only poll", e);
        }
    }

    /** Whether a job waits to be fetched. */
    boolean isInLine(UUID job) {
        try {
            return server.getStorageProvider().getJobById(job).getState() == StateName.ENQUEUED;
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.DEBUG, "the job is not there", e);
            return false;
        }
    }
}

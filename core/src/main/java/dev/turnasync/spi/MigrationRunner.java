package dev.turnasync.spi;

import dev.turnasync.api.QueueEntry;

/** Knows the migrations of this node and runs one. Safe for use by many threads. */
public interface MigrationRunner {

    /**
     * Tells whether this node has the entry's class.
     *
     * @param entry the entry
     * @return true when {@link #open} can run it
     */
    boolean has(QueueEntry entry);

    /**
     * Opens a database session for one drain. Its connection is not the lease's.
     *
     * @param lease the lease it runs under
     * @return the session
     */
    RunSession open(LeaseSession lease);

    /** A database session that runs claimed entries one after the other. For use by one thread. */
    interface RunSession extends AutoCloseable {

        /**
         * Runs a claimed entry to its end. Never throws what the migration throws.
         *
         * @param claim the claim
         * @param control tells the run to stop and takes its progress
         * @return how it ended
         */
        RunOutcome run(Claim claim, RunControl control);

        /**
         * Tells whether the database session broke under the last run, so that something of it may still be at work on the server.
         *
         * @return true until the next run
         */
        boolean isBroken();

        /**
         * Closes the network connection under a run that does not end, because the database cannot be reached or does not cancel
         * its statement. Called by another thread. Never throws.
         */
        void abort();

        /**
         * Closes the network connection under a run whose session the server no longer has, unless a pooler hides it. The client may
         * never hear of it otherwise. Called by another thread. Never throws.
         *
         * @return false when a pooler hides whether it is so, and nothing was done
         */
        boolean abortGone();

        /** Gives the connection back as it was. Never throws. */
        @Override
        void close();
    }
}

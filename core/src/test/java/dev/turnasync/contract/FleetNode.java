package dev.turnasync.contract;

import dev.turnasync.AsyncMigrations;

/** A node: a scheduler that runs jobs, and a started adapter. */
public interface FleetNode {

    AsyncMigrations async();

    /** Has this node's scheduler fire for an entry that there is not, and returns when that has ended. */
    void wakeInVain();

    /** Closes the adapter and nothing else. */
    void closeAdapter();

    /** Stops the scheduler as a deploy does, and waits for its end. */
    void stopScheduler();
}

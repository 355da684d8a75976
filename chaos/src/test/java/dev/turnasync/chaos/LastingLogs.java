package dev.turnasync.chaos;

import java.util.logging.LogManager;

/** Goes on logging while the JVM ends, which is when a deploy is interesting. */
public final class LastingLogs extends LogManager {

    @Override
    public void reset() {
        // The JVM's shutdown hook would silence everything.
    }
}

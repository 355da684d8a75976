package dev.turnasync.worker;

import java.util.Arrays;
import java.util.stream.Collectors;

/** Makes this package's threads: platform threads, since a virtual thread that is interrupted closes its JDBC socket. */
final class DaemonThreads {

    private static final int MOST_FRAMES = 100;

    private DaemonThreads() {}

    static Thread of(String name, Runnable work) {
        var thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }

    /** Returns the name of a thread and where it is now, one frame a line. */
    static String stackOf(Thread thread) {
        return Arrays.stream(thread.getStackTrace())
                .limit(MOST_FRAMES)
                .map(frame -> "\tat " + frame)
                .collect(Collectors.joining("\n", "thread " + thread.getName() + "\n", ""));
    }
}

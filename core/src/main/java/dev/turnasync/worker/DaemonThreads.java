package dev.turnasync.worker;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;

/** Makes this package's threads: platform threads, since a virtual thread that is interrupted closes its JDBC socket. */
final class DaemonThreads {

    private static final int MOST_FRAMES = 100;
    /** A thread inside them does not come back: the JVM ends once all shutdown hooks have. */
    private static final Set<String> EXIT = Set.of("java.lang.Shutdown", "java.lang.ApplicationShutdownHooks");

    private DaemonThreads() {}

    static Thread of(String name, Runnable work) {
        var thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }

    /** A thread of a group, with its name. */
    static Thread of(ThreadGroup group, Runnable work) {
        var thread = new Thread(group, work, group.getName());
        thread.setDaemon(true);
        return thread;
    }

    /** Tells whether a thread called {@code System.exit}, which never returns to it. */
    static boolean exitsJvm(Thread thread) {
        return switch (thread.getState()) {
            case WAITING, TIMED_WAITING, BLOCKED ->
                Arrays.stream(thread.getStackTrace()).anyMatch(frame -> EXIT.contains(frame.getClassName()));
            default -> false;
        };
    }

    /** Returns the name of a thread and where it is now, one frame a line. */
    static String stackOf(Thread thread) {
        return Arrays.stream(thread.getStackTrace())
                .limit(MOST_FRAMES)
                .map(frame -> "\tat " + frame)
                .collect(Collectors.joining("\n", "thread " + thread.getName() + "\n", ""));
    }
}

package dev.turnasync.worker;

/** Makes this package's threads: platform threads, since a virtual thread that is interrupted closes its JDBC socket. */
final class DaemonThreads {

    private DaemonThreads() {}

    static Thread of(String name, Runnable work) {
        var thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }
}

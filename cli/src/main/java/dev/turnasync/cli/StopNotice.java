package dev.turnasync.cli;

/** Tells a person who presses Ctrl-C that it was heard, for handing a migration back may take some seconds. */
final class StopNotice implements AutoCloseable {

    private final Thread hook;

    private StopNotice(Thread hook) {
        this.hook = hook;
    }

    static StopNotice on(Screen screen) {
        var hook = new Thread(
                () -> screen.line("stopping; the running migration is handed back"), "turnasync-stop-notice");
        Runtime.getRuntime().addShutdownHook(hook);
        return new StopNotice(hook);
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM ends, and the notice is given.
        }
    }
}

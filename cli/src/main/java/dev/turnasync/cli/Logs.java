package dev.turnasync.cli;

import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/**
 * Sends what Flyway, the driver and TurnAsync log to standard error: warnings and errors, or more. Puts the former logging back
 * when closed.
 */
final class Logs implements AutoCloseable {

    /** The logger of the listener that tells what {@code drain} prints anyway. */
    private static final String NARRATOR = "dev.turnasync.events";

    private final Logger root = Logger.getLogger("");
    private final Handler[] formerHandlers = root.getHandlers();
    private final Level formerLevel = root.getLevel();

    private Logs() {}

    static Logs to(Screen screen, boolean verbose) {
        var logs = new Logs();
        for (var handler : logs.formerHandlers) {
            logs.root.removeHandler(handler);
        }
        logs.root.addHandler(new ScreenHandler(screen, verbose));
        logs.root.setLevel(verbose ? Level.INFO : Level.WARNING);
        return logs;
    }

    @Override
    public void close() {
        for (var handler : root.getHandlers()) {
            root.removeHandler(handler);
        }
        for (var handler : formerHandlers) {
            root.addHandler(handler);
        }
        root.setLevel(formerLevel);
    }

    /** Prints a record in one line; its stack trace only when asked. */
    private static final class ScreenHandler extends Handler {

        private final Screen screen;
        private final boolean verbose;
        private final Formatter texts = new SimpleFormatter();

        private ScreenHandler(Screen screen, boolean verbose) {
            this.screen = screen;
            this.verbose = verbose;
        }

        @Override
        public void publish(LogRecord entry) {
            var told = NARRATOR.equals(entry.getLoggerName()) && !verbose;
            if (told || !isLoggable(entry)) {
                return;
            }
            var thrown = entry.getThrown();
            screen.line(entry.getLevel() + " " + texts.formatMessage(entry) + (thrown == null ? "" : ": " + thrown));
            if (thrown != null && verbose) {
                screen.block("    ", Failures.stackTrace(thrown));
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}

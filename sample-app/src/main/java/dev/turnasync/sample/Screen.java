package dev.turnasync.sample;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Ansi;

/**
 * What the user sees. Lines may hold picocli's markup, such as {@code @|bold text|@}. A status is written in place on a
 * terminal; elsewhere it is a line, at most one every few seconds. For one thread.
 */
final class Screen {

    private static final Duration QUIET = Duration.ofSeconds(3);
    private static final int BAR = 20;
    private static final String CLEAR = "\r\u001b[K";

    private final PrintWriter out;
    private final boolean terminal = Ansi.AUTO.enabled();
    private long statusAt = System.nanoTime() - QUIET.toNanos();
    private boolean statusShown;

    Screen(PrintWriter out) {
        this.out = out;
    }

    /** Prints a heading. */
    void title(String format, @Nullable Object... arguments) {
        line("");
        line("@|bold " + format + "|@", arguments);
    }

    /** Prints a line. */
    void line(String format, @Nullable Object... arguments) {
        if (statusShown) {
            out.print(CLEAR);
            statusShown = false;
        }
        out.println(
                Ansi.AUTO.string(String.format(Locale.ROOT, format, arguments).stripTrailing()));
    }

    /** Shows what is going on, until the next line or status. */
    void status(String format, @Nullable Object... arguments) {
        if (terminal) {
            out.print(CLEAR + String.format(Locale.ROOT, format, arguments));
            out.flush();
            statusShown = true;
        } else if (System.nanoTime() - statusAt >= QUIET.toNanos()) {
            line(format, arguments);
            statusAt = System.nanoTime();
        }
    }

    static String bar(int percent) {
        var full = BAR * percent / 100;
        return "[" + "#".repeat(full) + "-".repeat(BAR - full) + "]";
    }

    static String seconds(Duration duration) {
        return String.format(Locale.ROOT, "%.2f s", duration.toMillis() / 1000.0);
    }
}

package dev.turnasync.cli;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * How large a terminal is.
 *
 * @param columns its width
 * @param rows its height
 */
record TerminalSize(int columns, int rows) {

    /** What is assumed when nobody tells. */
    static final int UNKNOWN_ROWS = 24;

    private static final Path TERMINAL = Path.of("/dev/tty");
    private static final Pattern ANSWER = Pattern.compile("([1-9]\\d{0,4}) ([1-9]\\d{0,4})");

    /** Asks the terminal itself, for a person may have changed it since; else {@code LINES} and a known width. */
    static TerminalSize detect(Map<String, String> environment, int columns) {
        var answer = ANSWER.matcher(stty());
        if (answer.matches()) {
            return new TerminalSize(Integer.parseInt(answer.group(2)), Integer.parseInt(answer.group(1)));
        }
        var lines = environment.getOrDefault("LINES", "");
        return new TerminalSize(columns, lines.matches("[1-9]\\d{0,4}") ? Integer.parseInt(lines) : UNKNOWN_ROWS);
    }

    private static String stty() {
        try {
            var process = new ProcessBuilder("stty", "size")
                    .redirectInput(Redirect.from(TERMINAL.toFile()))
                    .redirectError(Redirect.DISCARD)
                    .start();
            try (var out = process.getInputStream()) {
                var answer = new String(out.readNBytes(32), StandardCharsets.US_ASCII).strip();
                return process.waitFor(1, TimeUnit.SECONDS) && process.exitValue() == 0 ? answer : "";
            }
        } catch (IOException e) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }
}

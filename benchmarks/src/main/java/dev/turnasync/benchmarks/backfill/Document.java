package dev.turnasync.benchmarks.backfill;

import dev.turnasync.benchmarks.backfill.Part.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A Markdown file in which parts are written by this program, each between two markers, and the rest by hand.
 *
 * @param folder where it is
 */
public record Document(Path folder) {

    private static final String FILE = "performance.md";

    /**
     * Writes a part.
     *
     * @param part its name in the markers
     * @param result what came out
     * @throws IOException if the file cannot be written
     */
    public void write(String part, Result result) throws IOException {
        for (var chart : result.charts().entrySet()) {
            Files.writeString(folder.resolve("performance-" + chart.getKey() + ".svg"), chart.getValue());
        }
        var file = folder.resolve(FILE);
        var text = Files.exists(file) ? Files.readString(file) : "# Performance\n";
        var begin = "<!-- measured: " + part + " -->";
        var end = "<!-- end of " + part + " -->";
        if (!text.contains(begin) || !text.contains(end)) {
            text += "\n## " + part + "\n\n" + begin + "\n" + end + "\n";
        }
        var before = text.substring(0, text.indexOf(begin) + begin.length());
        var after = text.substring(text.indexOf(end));
        Files.writeString(file, before + "\n" + result.text() + "\n" + after);
    }
}

package dev.turnasync.benchmarks.backfill;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** How much memory a worker takes for tables of different sizes: a JVM of its own with a small heap, the database outside. */
final class Memory implements Part {

    static final String HEAP = "-Xmx64m";

    /** How much more the largest table may take than the smallest, in MB: no more than the noise of a JVM. */
    private static final double NOISE = 24;

    /** What a child told, in kB. */
    private record Child(long rows, long before, long peak, long heap) {

        double grown() {
            return (peak - before) / 1024.0;
        }
    }

    @Override
    public Result measure(Server server, Extent extent) throws Exception {
        if (!Files.exists(Path.of("/proc/self/status"))) {
            return new Result("Not measured: there is no /proc on this machine.", Map.of());
        }
        var sizes = extent.quick() ? List.of(10_000L, 100_000L) : List.of(100_000L, 1_000_000L, 10_000_000L);
        var children = new ArrayList<Child>();
        for (long rows : sizes) {
            try (var database = server.fresh(rows)) {
                var child = child(rows, database.url());
                database.requireFilled();
                children.add(child);
                System.out.printf(
                        Locale.ROOT,
                        "%,d rows: grown by %.1f MB, peak %.1f MB%n",
                        rows,
                        child.grown(),
                        child.peak() / 1024.0);
            }
            server.forget(rows);
        }
        return new Result(text(children), Map.of());
    }

    private static Child child(long rows, String url) throws IOException, InterruptedException {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var process = new ProcessBuilder(
                        java, HEAP, "-cp", System.getProperty("java.class.path"), MemoryChild.class.getName(), url)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (process.waitFor() != 0) {
            throw new IllegalStateException("the worker's JVM failed: " + said);
        }
        var figures = said.substring(said.lastIndexOf('\n') + 1).split(" ", -1);
        return new Child(rows, Long.parseLong(figures[0]), Long.parseLong(figures[1]), Long.parseLong(figures[2]));
    }

    private static String text(List<Child> children) {
        var lines = new ArrayList<String>();
        lines.add("A worker's JVM with `" + HEAP
                + "`, in MB:\n\n| rows | before the drain | peak | grown by | live heap at the end |\n"
                + "|---:|---:|---:|---:|---:|");
        for (var child : children) {
            lines.add(String.format(
                    Locale.ROOT,
                    "| %,d | %.1f | %.1f | %.1f | %.1f |",
                    child.rows(),
                    child.before() / 1024.0,
                    child.peak() / 1024.0,
                    child.grown(),
                    child.heap() / 1024.0));
        }
        var least = children.get(0);
        var most = children.get(children.size() - 1);
        lines.add("");
        lines.add(new Targets()
                .atMost(
                        String.format(
                                Locale.ROOT, "growth at %,d rows − growth at %,d rows, MB", most.rows(), least.rows()),
                        most.grown() - least.grown(),
                        NOISE)
                .table());
        return String.join("\n", lines);
    }
}

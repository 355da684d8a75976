package dev.turnasync.benchmarks.backfill;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import java.util.logging.Level;
import java.util.logging.Logger;

/** A worker's JVM: drains one queue, and says how much memory that took. */
public final class MemoryChild {

    private static final Logger ROOT = Logger.getLogger("");

    private MemoryChild() {}

    /**
     * Runs the backfill and prints three figures in kB: resident before, the most resident, the heap that is left in use.
     *
     * @param arguments the JDBC URL
     * @throws IOException if /proc cannot be read
     */
    public static void main(String... arguments) throws IOException {
        ROOT.setLevel(Level.SEVERE);
        try (var pool = new HikariDataSource()) {
            pool.setJdbcUrl(arguments[0]);
            pool.setMaximumPoolSize(4);
            try (var worker = new RealWorker(pool, UnaryOperator.identity())) {
                var before = kilobytes("VmRSS");
                worker.drain();
                var peak = kilobytes("VmHWM");
                Runtime.getRuntime().gc();
                var heap = Runtime.getRuntime().totalMemory()
                        - Runtime.getRuntime().freeMemory();
                System.out.println(before + " " + peak + " " + heap / 1024);
            }
        }
    }

    private static long kilobytes(String name) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith(name + ":"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .findFirst()
                .orElseThrow();
    }
}

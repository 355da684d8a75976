package dev.turnasync.benchmarks.backfill;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** What this machine is, as far as it tells. */
final class Machine {

    private Machine() {}

    static String processor() {
        return line("/proc/cpuinfo", "model name")
                .orElse(System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    }

    static double gigabytes() {
        return line("/proc/meminfo", "MemTotal")
                .map(text -> Double.parseDouble(text.replaceAll("[^0-9]", "")) / (1 << 20))
                .orElse(0.0);
    }

    private static Optional<String> line(String file, String name) {
        try {
            return Files.readAllLines(Path.of(file)).stream()
                    .filter(line -> line.startsWith(name))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst();
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}

package dev.turnasync.benchmarks.backfill;

import dev.turnasync.benchmarks.backfill.Part.Extent;
import dev.turnasync.benchmarks.backfill.Part.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures backfills beside what they replace, and writes docs/performance.md. */
@Command(
        name = "backfill",
        mixinStandardHelpOptions = true,
        description = "Measures backfills beside what they replace, and writes docs/performance.md.")
public final class BackfillBench implements Callable<Integer> {

    /** What can be measured. */
    enum What {
        SPEED,
        LOCKS,
        LATENCY,
        OVERHEAD,
        MEMORY;

        private Part part() {
            return switch (this) {
                case SPEED -> new Speed();
                case LOCKS -> new LockTime();
                case LATENCY -> new Latency();
                case OVERHEAD -> new Overhead();
                case MEMORY -> new Memory();
            };
        }
    }

    private static final long QUICK_ROWS = 100_000;

    @Option(
            names = "--parts",
            split = ",",
            defaultValue = "SPEED,LOCKS,LATENCY,OVERHEAD,MEMORY",
            description = "Of ${COMPLETION-CANDIDATES}. Default: all.")
    private List<What> parts = List.of();

    @Option(names = "--rows", defaultValue = "2000000", description = "Of the table. Default: ${DEFAULT-VALUE}.")
    private long rows;

    @Option(names = "--rounds", defaultValue = "7", description = "Of each side. Default: ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(names = "--short", description = "100,000 rows, one round, nothing written: only to see that it works.")
    private boolean quick;

    @Option(
            names = "--docs",
            defaultValue = "../docs",
            description = "The folder to write to; \"\" for none. Default: ${DEFAULT-VALUE}.")
    private String docs = "";

    @Option(
            names = "--polite-rows",
            defaultValue = "200",
            description = "The most rows of a polite batch. Default: ${DEFAULT-VALUE}.")
    private int politeRows;

    @Option(
            names = "--politeness",
            defaultValue = "9",
            description = "How long a polite backfill rests. Default: ${DEFAULT-VALUE}.")
    private double politeness;

    /** Made by picocli. */
    public BackfillBench() {}

    @Override
    public Integer call() throws Exception {
        var extent = new Extent(quick ? QUICK_ROWS : rows, quick ? 1 : rounds, quick, politeRows, politeness);
        var writes = !quick && !docs.isEmpty();
        if (writes && !Files.isDirectory(Path.of(docs))) {
            throw new CommandLine.ExecutionException(
                    new CommandLine(this), "there is no folder " + Path.of(docs).toAbsolutePath());
        }
        try (var server = Server.start()) {
            warmUp(server, extent);
            var machine = new Result(machine(server), Map.of());
            System.out.println(machine.text());
            if (writes) {
                new Document(Path.of(docs)).write("machine", machine);
            }
            for (var what : parts) {
                var name = what.name().toLowerCase(Locale.ROOT);
                var result = what.part().measure(server, extent);
                System.out.printf(Locale.ROOT, "%n## %s%n%n%s%n%n", name, result.text());
                if (writes) {
                    new Document(Path.of(docs)).write(name, result);
                }
            }
        }
        if (quick) {
            System.out.println("The short form only shows that it works: with so few rows the figures say nothing.");
        }
        return CommandLine.ExitCode.OK;
    }

    /** Loads classes, compiles them, and lets the server make the files of its log, which it then uses again. */
    private static void warmUp(Server server, Extent extent) throws Exception {
        new Rounds(server, extent.rows(), 1)
                .measure(List.of(Ways.update(), Ways.backfill("backfill", "", backfill -> backfill)));
    }

    private String machine(Server server) throws SQLException {
        var all = parts.size() == What.values().length
                ? ""
                : " --parts=" + String.join(",", parts.stream().map(Enum::name).toList());
        var size = quick ? "--short" : String.format(Locale.ROOT, "--rows=%d --rounds=%d", rows, rounds);
        return String.format(
                Locale.ROOT,
                "Measured on %s: %d cores, %s, %.0f GB of memory; Java %s; %s with %s. To repeat:%n%n"
                        + "```%nmvn -Pbench -pl benchmarks -am -DskipTests -Dbench.args=\"backfill %s%s\" package%n```",
                LocalDate.now(ZoneOffset.UTC),
                Runtime.getRuntime().availableProcessors(),
                Machine.processor(),
                Machine.gigabytes(),
                System.getProperty("java.version"),
                server.version(),
                Server.settings(),
                size,
                all);
    }
}

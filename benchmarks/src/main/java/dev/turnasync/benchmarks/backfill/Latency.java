package dev.turnasync.benchmarks.backfill;

import dev.turnasync.benchmarks.backfill.Load.Request;
import dev.turnasync.benchmarks.backfill.Ways.Side;
import dev.turnasync.resumable.Throttle;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * What an application notices: the latency of its writes to the table that is being filled. What it notices of a polite backfill is
 * less than this machine differs from minute to minute, so that one takes {@link Turns} with the application alone.
 */
final class Latency implements Part {

    private static final int WARM_UP_ROWS = 20_000;
    private static final long MOST_ROWS = 500_000;

    /** A polite backfill takes its time. */
    private static final int POLITE_PART = 5;

    /** What was noticed beside something, of all rounds. */
    private record Seen(String label, List<Latencies> latencies, Stats seconds) {

        Stats percentile(double part) {
            return new Stats(latencies.stream().map(one -> one.percentile(part)).toList());
        }

        Latencies together() {
            return Latencies.together(latencies);
        }

        void add(Stream<Request> requests, double took) {
            var last = Latencies.of(requests);
            latencies.add(last);
            seconds.values().add(took);
            System.out.printf(
                    Locale.ROOT,
                    "%-30s p50 %7.2f ms  p99 %7.2f ms  max %8.2f ms  (%d requests)%n",
                    label,
                    last.percentile(0.5),
                    last.percentile(0.99),
                    last.percentile(1),
                    last.count());
        }
    }

    /** All requests of a run, and how long it took. */
    private record Run(List<Request> requests, double seconds) {}

    @Override
    public Result measure(Server server, Extent extent) throws Exception {
        var rows = Math.min(MOST_ROWS, extent.rows() / 2);
        var alone = seen("nothing else");
        var polite = seen("`Backfill`, polite");
        var normal = Ways.backfill("backfill", "`Backfill`, default settings", UnaryOperator.identity());
        var seen =
                List.of(alone, polite, seen(normal.label()), seen(Ways.update().label()));
        run(server, WARM_UP_ROWS, Ways.update());
        for (var round = 0; round < extent.rounds(); round++) {
            var turns = new Turns();
            var run = run(server, rows / POLITE_PART, polite(extent, turns));
            alone.add(run.requests().stream().filter(request -> !turns.worked(request.due())), run.seconds());
            polite.add(run.requests().stream().filter(request -> turns.worked(request.due())), run.seconds());
            add(seen.get(2), run(server, rows, normal));
            add(seen.get(3), run(server, rows, Ways.update()));
        }
        return new Result(text(extent, rows, seen), Map.of("latency", chart(seen)));
    }

    /** What is recommended beside a busy application. */
    private static Side polite(Extent extent, Turns turns) {
        return Ways.backfill(
                "polite",
                "",
                backfill -> backfill.batchSize(10, extent.politeRows())
                        .politeness(extent.politeness())
                        .throttledBy(Throttle.lockWaiters(1))
                        .throttledBy(turns));
    }

    private static Seen seen(String label) {
        return new Seen(label, new ArrayList<>(), new Stats(new ArrayList<>()));
    }

    private static void add(Seen seen, Run run) {
        seen.add(run.requests().stream(), run.seconds());
    }

    private static Run run(Server server, long rows, Side side) throws Exception {
        try (var database = server.fresh(rows);
                var load = Load.start(database, rows)) {
            TimeUnit.SECONDS.sleep(1);
            var from = System.nanoTime();
            var took = side.way().fill(database);
            return new Run(load.stop(from, System.nanoTime()), took.all().toNanos() / 1e9);
        }
    }

    private static String text(Extent extent, long rows, List<Seen> all) {
        var lines = new ArrayList<String>();
        lines.add(String.format(
                Locale.ROOT,
                "%,d rows, of which the polite one fills %,d; %d updates of single rows a second over %d connections; milliseconds, %d rounds; polite is `batchSize(10, %d)`, `politeness(%.1f)`, `lockWaiters(1)`, by turns with nothing else:%n%n"
                        + "| meanwhile | p50 | p99 | p99, min–max | p99.9 | longest | seconds |%n|---|---:|---:|---:|---:|---:|---:|",
                rows,
                rows / POLITE_PART,
                Load.PER_SECOND,
                Load.CONNECTIONS,
                extent.rounds(),
                extent.politeRows(),
                extent.politeness()));
        for (var one : all) {
            lines.add(String.format(
                    Locale.ROOT,
                    "| %s | %.2f | %s | %.1f | %.0f | %.1f |",
                    one.label(),
                    one.percentile(0.5).median(),
                    one.percentile(0.99).cells("%.2f"),
                    one.percentile(0.999).median(),
                    one.percentile(1).max(),
                    one.seconds().median()));
        }
        var idle = all.get(0).percentile(0.99);
        lines.add("");
        lines.add(new Targets()
                .atMost(
                        "p99 while polite ÷ p99 idle",
                        all.get(1).percentile(0.99).per(idle),
                        1.5)
                .table());
        return String.join("\n", lines);
    }

    private static String chart(List<Seen> all) {
        return new Curves(
                        "Latency of an application's writes during a backfill",
                        all.stream()
                                .map(one -> new Curves.Curve(one.label().replace("`", ""), one.together()))
                                .toList())
                .svg();
    }
}

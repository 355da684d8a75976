package dev.turnasync.benchmarks.backfill;

import dev.turnasync.benchmarks.backfill.Ways.Side;
import dev.turnasync.benchmarks.backfill.Ways.Took;
import dev.turnasync.resumable.Backfill;
import dev.turnasync.resumable.Throttle;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** What an application notices: the latency of its writes to the table that is being filled. */
final class Latency implements Part {

    private static final int WARM_UP_ROWS = 20_000;

    /** All rounds of one side. */
    private record Seen(Side side, List<Latencies> latencies, Stats seconds) {

        Stats percentile(double part) {
            return new Stats(latencies.stream().map(one -> one.percentile(part)).toList());
        }

        Latencies together() {
            return Latencies.together(latencies);
        }
    }

    @Override
    public Result measure(Server server, Extent extent) throws Exception {
        var idle = extent.quick() ? 2 : 15;
        var all = List.of(
                seen(new Side("idle", "nothing else", database -> sleep(idle))),
                seen(Ways.backfill("polite", "`Backfill`, polite", polite(extent))),
                seen(Ways.backfill("backfill", "`Backfill`, default settings", UnaryOperator.identity())),
                seen(Ways.update()));
        once(server, WARM_UP_ROWS, seen(Ways.update()));
        var rows = extent.rows() / 2;
        for (var round = 0; round < extent.rounds(); round++) {
            for (var n = 0; n < all.size(); n++) {
                var one = all.get((round + n) % all.size());
                once(server, rows, one);
                var last = one.latencies().get(one.latencies().size() - 1);
                System.out.printf(
                        Locale.ROOT,
                        "round %d: %-12s p50 %7.2f ms  p99 %7.2f ms  max %8.2f ms  (%d requests)%n",
                        round + 1,
                        one.side().id(),
                        last.percentile(0.5),
                        last.percentile(0.99),
                        last.percentile(1),
                        last.count());
            }
        }
        return new Result(text(extent, rows, all), Map.of("latency", chart(all)));
    }

    /** What is recommended beside a busy application. */
    private static UnaryOperator<Backfill> polite(Extent extent) {
        return backfill -> backfill.batchSize(10, extent.politeRows())
                .politeness(extent.politeness())
                .throttledBy(Throttle.lockWaiters(1));
    }

    private static Seen seen(Side side) {
        return new Seen(side, new ArrayList<>(), new Stats(new ArrayList<>()));
    }

    private static Took sleep(int seconds) throws InterruptedException {
        var start = System.nanoTime();
        TimeUnit.SECONDS.sleep(seconds);
        return Took.since(start);
    }

    private static void once(Server server, long rows, Seen seen) throws Exception {
        try (var database = server.fresh(rows);
                var load = Load.start(database, rows)) {
            TimeUnit.SECONDS.sleep(1);
            var from = System.nanoTime();
            var took = seen.side().way().fill(database);
            seen.latencies().add(load.stop(from, System.nanoTime()));
            seen.seconds().values().add(took.all().toNanos() / 1e9);
        }
    }

    private static String text(Extent extent, long rows, List<Seen> all) {
        var lines = new ArrayList<String>();
        lines.add(String.format(
                Locale.ROOT,
                "%,d rows, %d updates of single rows a second over %d connections, milliseconds, %d rounds; polite is `batchSize(10, %d)`, `politeness(%.1f)`, `lockWaiters(1)`:%n%n"
                        + "| meanwhile | p50 | p99 | p99, min–max | p99.9 | longest | seconds |%n|---|---:|---:|---:|---:|---:|---:|",
                rows,
                Load.PER_SECOND,
                Load.CONNECTIONS,
                extent.rounds(),
                extent.politeRows(),
                extent.politeness()));
        for (var one : all) {
            lines.add(String.format(
                    Locale.ROOT,
                    "| %s | %.2f | %s | %.1f | %.0f | %.1f |",
                    one.side().label(),
                    one.percentile(0.5).median(),
                    one.percentile(0.99).cells("%.2f"),
                    one.percentile(0.999).median(),
                    one.percentile(1).max(),
                    one.seconds().median()));
        }
        var idle = all.get(0).percentile(0.99).median();
        lines.add("");
        lines.add(new Targets()
                .atMost(
                        "p99 while polite ÷ p99 idle",
                        all.get(1).percentile(0.99).median() / idle,
                        1.5)
                .table());
        return String.join("\n", lines);
    }

    private static String chart(List<Seen> all) {
        return new Curves(
                        "Latency of an application's writes during a backfill",
                        all.stream()
                                .map(one -> new Curves.Curve(one.side().label().replace("`", ""), one.together()))
                                .toList())
                .svg();
    }
}

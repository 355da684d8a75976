package dev.turnasync.benchmarks.backfill;

import dev.turnasync.benchmarks.backfill.Rounds.Measured;
import dev.turnasync.benchmarks.backfill.Ways.Side;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** How long a backfill takes beside a single statement and a loop that was written by hand. */
final class Speed implements Part {

    private static final int TRIES = 2;

    @Override
    public Result measure(Server server, Extent extent) throws Exception {
        var byHand = bestByHand(server, extent);
        var measured = new Rounds(server, extent.rows(), extent.rounds())
                .measure(List.of(
                        Ways.update(),
                        byHand.get(0).side(),
                        Ways.backfill("backfill", "`Backfill`, default settings", UnaryOperator.identity()),
                        Ways.backfill("backfill x2", "`Backfill`, `parallelism(2)`", b -> b.parallelism(2))));
        return new Result(text(extent, byHand, measured), Map.of("speed", chart(extent, measured)));
    }

    /** All loops tried, the best first. */
    private static List<Measured> bestByHand(Server server, Extent extent) throws Exception {
        var sides = (extent.quick() ? IntStream.of(20_000) : IntStream.of(10_000, 20_000, 50_000))
                .mapToObj(Ways::procedure)
                .toList();
        var tried = new ArrayList<>(new Rounds(server, extent.rows(), extent.quick() ? 1 : TRIES).measure(sides));
        tried.sort(Comparator.comparingDouble(one -> one.all().min()));
        return tried;
    }

    private static String text(Extent extent, List<Measured> byHand, List<Measured> measured) {
        var update = measured.get(0).all();
        var loop = measured.get(1).all();
        var lines = new ArrayList<String>();
        lines.add(String.format(
                Locale.ROOT,
                "%,d rows, seconds, %d rounds:%n%n| | median | min–max | ÷ `UPDATE` | ÷ loop | entry alone |%n|---|---:|---:|---:|---:|---:|",
                extent.rows(),
                extent.rounds()));
        for (var one : measured) {
            lines.add(String.format(
                    Locale.ROOT,
                    "| %s | %s | %.2f | %.2f | %s |",
                    one.side().label(),
                    one.all().cells("%.2f"),
                    one.all().per(update).median(),
                    one.all().per(loop).median(),
                    one.side().id().startsWith("backfill")
                            ? String.format(Locale.ROOT, "%.2f", one.entry().median())
                            : ""));
        }
        lines.add("\nThe loop is the fastest of those tried beforehand (best of " + (extent.quick() ? 1 : TRIES)
                + " runs): "
                + String.join(", ", byHand.stream().map(Speed::tried).toList()) + ".\n");
        var backfill = measured.get(2).all();
        lines.add(new Targets()
                .atMost("`Backfill` ÷ `UPDATE`", backfill.per(update), 1.15)
                .atMost("`Backfill` ÷ loop by hand", backfill.per(loop), 1.05)
                .below("`parallelism(2)` ÷ `UPDATE`", measured.get(3).all().per(update), 1.0)
                .table());
        return String.join("\n", lines);
    }

    private static String tried(Measured one) {
        return String.format(
                Locale.ROOT,
                "%s %.2f s",
                one.side().id().replace("procedure ", ""),
                one.all().min());
    }

    private static String chart(Extent extent, List<Measured> measured) {
        var bars = measured.stream()
                .map(one -> new Bars.Bar(plain(one.side()), one.all()))
                .toList();
        return new Bars(
                        String.format(Locale.ROOT, "Filling one column of %,d rows", extent.rows()),
                        "seconds (median, min–max)",
                        bars)
                .svg();
    }

    private static String plain(Side side) {
        return side.label().replace("`", "");
    }
}

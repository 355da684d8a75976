package dev.turnasync.benchmarks.backfill;

import dev.turnasync.benchmarks.backfill.Rounds.Measured;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** What fence, checkpoint, timeouts and reports cost: a backfill beside a loop of the same statements and the same batches. */
final class Overhead implements Part {

    private static final int USUAL = 25_000;
    private static final int SMALL = 5_000;

    @Override
    public Result measure(Server server, Extent extent) throws Exception {
        var sides = Stream.of(USUAL, SMALL)
                .flatMap(rows -> Stream.of(
                        Ways.bare(rows),
                        Ways.backfill(
                                "backfill " + rows,
                                String.format(Locale.ROOT, "`Backfill`, %,d rows each", rows),
                                backfill -> backfill.batchSize(rows, rows))))
                .toList();
        var measured = new Rounds(server, extent.rows(), extent.rounds()).measure(sides);
        return new Result(text(extent, measured), Map.of());
    }

    private static String text(Extent extent, List<Measured> measured) {
        var lines = new ArrayList<String>();
        lines.add(String.format(
                Locale.ROOT,
                "%,d rows, seconds of the entry's run, %d rounds:%n%n| | median | min–max | more than bare | for each batch |%n|---|---:|---:|---:|---:|",
                extent.rows(),
                extent.rounds()));
        for (var n = 0; n < measured.size(); n += 2) {
            var bare = measured.get(n).entry();
            var backfill = measured.get(n + 1).entry();
            var batches = Math.ceil((double) extent.rows() / (n == 0 ? USUAL : SMALL));
            lines.add("| " + measured.get(n).side().label() + " | " + bare.cells("%.2f") + " | | |");
            lines.add(String.format(
                    Locale.ROOT,
                    "| %s | %s | %.1f %% | %.2f ms |",
                    measured.get(n + 1).side().label(),
                    backfill.cells("%.2f"),
                    100 * (backfill.per(bare).median() - 1),
                    1_000 * bare.median() * (backfill.per(bare).median() - 1) / batches));
        }
        lines.add("");
        lines.add(new Targets()
                .atMost(
                        String.format(Locale.ROOT, "`Backfill` ÷ bare loop, %,d rows each", USUAL),
                        measured.get(1).entry().per(measured.get(0).entry()),
                        1.03)
                .table());
        return String.join("\n", lines);
    }
}

package dev.turnasync.benchmarks.backfill;

import dev.turnasync.benchmarks.backfill.Ways.Side;
import dev.turnasync.benchmarks.backfill.Ways.Took;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Measures sides in rounds, each side once a round on a fresh table, each round beginning with another side. */
record Rounds(Server server, long rows, int rounds) {

    /**
     * All rounds of one side, in seconds.
     *
     * @param side the side
     * @param all from the call to the return
     * @param entry the run of the entry alone
     */
    record Measured(Side side, Stats all, Stats entry) {}

    List<Measured> measure(List<Side> sides) throws Exception {
        var all = sides.stream()
                .map(side -> new Measured(side, new Stats(new ArrayList<>()), new Stats(new ArrayList<>())))
                .toList();
        for (var round = 0; round < rounds; round++) {
            for (var n = 0; n < sides.size(); n++) {
                var measured = all.get((round + n) % sides.size());
                var took = once(measured.side());
                measured.all().values().add(took.all().toNanos() / 1e9);
                measured.entry().values().add(took.entry().toNanos() / 1e9);
                System.out.printf(
                        Locale.ROOT,
                        "round %d: %-24s %8.2f s%n",
                        round + 1,
                        measured.side().id(),
                        took.all().toNanos() / 1e9);
            }
        }
        return all;
    }

    private Took once(Side side) throws Exception {
        try (var database = server.fresh(rows)) {
            var took = side.way().fill(database);
            database.requireFilled();
            return took;
        }
    }
}

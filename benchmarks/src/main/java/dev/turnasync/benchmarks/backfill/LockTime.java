package dev.turnasync.benchmarks.backfill;

import dev.turnasync.benchmarks.backfill.Server.Database;
import dev.turnasync.benchmarks.backfill.Ways.Side;
import dev.turnasync.jdbc.Jdbc;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;

/**
 * The longest time a row stays locked, seen from outside: the greatest age of a transaction that writes to the table, asked for
 * every few milliseconds. Its rows are locked for less.
 */
final class LockTime implements Part {

    private static final long EVERY_MILLIS = 10;

    @Override
    public Result measure(Server server, Extent extent) throws Exception {
        var sides = List.of(
                Ways.update(),
                Ways.backfill("backfill", "`Backfill`, default settings", UnaryOperator.identity()),
                Ways.backfill("backfill x2", "`Backfill`, `parallelism(2)`", b -> b.parallelism(2)));
        var longest = sides.stream().map(side -> new Stats(new ArrayList<>())).toList();
        for (var round = 0; round < extent.rounds(); round++) {
            for (var n = 0; n < sides.size(); n++) {
                var at = (round + n) % sides.size();
                var seconds = watch(server, extent, sides.get(at));
                longest.get(at).values().add(seconds);
                System.out.printf(
                        Locale.ROOT,
                        "round %d: %-24s %8.3f s locked%n",
                        round + 1,
                        sides.get(at).id(),
                        seconds);
            }
        }
        return new Result(text(extent, sides, longest), Map.of());
    }

    private static String text(Extent extent, List<Side> sides, List<Stats> longest) {
        var lines = new ArrayList<String>();
        lines.add(String.format(
                Locale.ROOT,
                "%,d rows, age of the oldest writing transaction in seconds, looked at every %d ms, %d rounds:%n%n| | median | min–max |%n|---|---:|---:|",
                extent.rows() / 2,
                EVERY_MILLIS,
                extent.rounds()));
        for (var n = 0; n < sides.size(); n++) {
            lines.add("| " + sides.get(n).label() + " | " + longest.get(n).cells("%.3f") + " |");
        }
        lines.add("");
        lines.add(new Targets()
                .atMost("longest of all rounds, `Backfill`, s", longest.get(1).max(), 1.0)
                .atMost(
                        "longest of all rounds, `parallelism(2)`, s",
                        longest.get(2).max(),
                        1.0)
                .table());
        return String.join("\n", lines);
    }

    private static double watch(Server server, Extent extent, Side side) throws Exception {
        var over = new AtomicBoolean();
        var thread = Executors.newSingleThreadExecutor();
        try (var database = server.fresh(extent.rows() / 2)) {
            var longest = thread.submit(() -> longest(database, over));
            try {
                side.way().fill(database);
            } finally {
                over.set(true);
            }
            return longest.get(1, TimeUnit.MINUTES);
        } finally {
            thread.shutdownNow();
        }
    }

    private static double longest(Database database, AtomicBoolean over) throws SQLException {
        var longest = 0.0;
        try (var connection = database.connect()) {
            while (!over.get()) {
                longest = Math.max(longest, oldest(connection));
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(EVERY_MILLIS));
            }
        }
        return longest;
    }

    private static double oldest(Connection connection) throws SQLException {
        return Jdbc.first(connection, """
                        SELECT COALESCE(max(extract(epoch FROM clock_timestamp() - a.xact_start)), 0)
                        FROM pg_locks l
                        JOIN pg_stat_activity a ON a.pid = l.pid
                        WHERE l.relation = 'people'::regclass AND l.mode = 'RowExclusiveLock' AND l.granted""", row -> row.getDouble(1)).orElse(0.0);
    }
}

package dev.turnasync.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A table of what happened, how soon work went on, and what went wrong. */
final class ChaosReport {

    private static final String HEAD = """
            | event | worker | number | median ms | max ms | duplicates | inversions | lost |
            |---|---|---:|---:|---:|---:|---:|---:|
            """;

    /** All times of one event with one worker, and what went wrong in the runs that had it. */
    private static final class Cell {
        private final List<Long> millis = new ArrayList<>();
        private int duplicates;
        private int inversions;
        private int lost;

        private void add(Verdict verdict) {
            duplicates += verdict.duplicates();
            inversions += verdict.inversions();
            lost += verdict.lost();
        }

        private String row() {
            var sorted = millis.stream().sorted().toList();
            return "%d | %d | %d | %d | %d | %d |"
                    .formatted(
                            sorted.size(),
                            sorted.get(sorted.size() / 2),
                            sorted.get(sorted.size() - 1),
                            duplicates,
                            inversions,
                            lost);
        }
    }

    private final Map<Event, Map<String, Cell>> cells = new TreeMap<>();
    private final Map<String, List<ChaosRun.Result>> runs = new TreeMap<>();

    void add(String worker, ChaosRun.Result result) {
        runs.computeIfAbsent(worker, name -> new ArrayList<>()).add(result);
        for (var struck : result.struck()) {
            cells.computeIfAbsent(struck.event(), event -> new TreeMap<>())
                    .computeIfAbsent(worker, name -> new Cell())
                    .millis
                    .add(struck.recovery().toMillis());
        }
        result.struck().stream()
                .map(ChaosRun.Struck::event)
                .distinct()
                .forEach(event -> cells.get(event).get(worker).add(result.verdict()));
    }

    /** Prints and writes the table, where there was a long run. */
    void write() throws IOException {
        if (runs.isEmpty()) {
            return;
        }
        var text = new StringBuilder(HEAD);
        cells.forEach((event, byWorker) -> byWorker.forEach((worker, cell) -> text.append("| ")
                .append(event)
                .append(" | ")
                .append(worker)
                .append(" | ")
                .append(cell.row())
                .append('\n')));
        text.append('\n');
        runs.forEach((worker, results) -> text.append("- ")
                .append(worker)
                .append(": ")
                .append(results.size())
                .append(" runs, ")
                .append(results.stream().filter(run -> run.verdict().isClean()).count())
                .append(" clean\n"));
        System.out.println(text);
        Files.writeString(Path.of("target", "chaos.md"), text);
    }
}

package dev.turnasync.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A table of what happened, how soon work went on, and what went wrong. It is printed and written to {@code target/chaos.md}, and with
 * {@code -Dchaos.document=…} takes the place of the one in that document, between the lines {@value #BEGIN} and {@value #END}.
 */
final class ChaosReport {

    private static final String BEGIN = "<!-- chaos: written by ChaosTest -->";
    private static final String END = "<!-- chaos: end -->";

    private final Map<String, List<ChaosRun.Result>> runs = new LinkedHashMap<>();

    void add(String worker, ChaosRun.Result result) {
        runs.computeIfAbsent(worker, name -> new ArrayList<>()).add(result);
    }

    /** Prints and writes the table, where there was a long run. */
    void write() throws IOException {
        if (runs.isEmpty()) {
            return;
        }
        var text = table() + '\n' + summary();
        System.out.println(text);
        Files.writeString(Path.of("target", "chaos.md"), text);
        var document = System.getProperty("chaos.document");
        if (document != null) {
            var path = Path.of(document);
            var whole = Files.readString(path);
            var begin = whole.indexOf(BEGIN) + BEGIN.length();
            Files.writeString(
                    path, whole.substring(0, begin) + "\n\n" + text + "\n" + whole.substring(whole.indexOf(END)));
        }
    }

    private String table() {
        var head = new StringBuilder("| event |");
        var line = new StringBuilder("|---|");
        for (var worker : runs.keySet()) {
            head.append(' ').append(worker).append(": times, median / longest |");
            line.append("---:|");
        }
        head.append(" duplicates | inversions | lost |\n");
        line.append("---:|---:|---:|\n");
        var rows = new EnumMap<Event, String>(Event.class);
        all().flatMap(run -> run.struck().stream())
                .map(ChaosRun.Struck::event)
                .distinct()
                .forEach(event -> rows.put(event, row(event)));
        return head.append(line).append(String.join("", rows.values())).toString();
    }

    private String row(Event event) {
        var row = new StringBuilder("| `" + event + "` |");
        runs.values()
                .forEach(
                        results -> row.append(' ').append(times(event, results)).append(" |"));
        var with = all().filter(run -> run.struck().stream().anyMatch(struck -> struck.event() == event))
                .map(ChaosRun.Result::verdict)
                .toList();
        return row.append(sum(with, Verdict::duplicates))
                .append(sum(with, Verdict::inversions))
                .append(sum(with, Verdict::lost))
                .append('\n')
                .toString();
    }

    private static String sum(List<Verdict> verdicts, ToIntFunction<Verdict> what) {
        return " " + verdicts.stream().mapToInt(what).sum() + " |";
    }

    private static String times(Event event, List<ChaosRun.Result> results) {
        var times = results.stream()
                .flatMap(run -> run.struck().stream())
                .filter(struck -> struck.event() == event)
                .map(ChaosRun.Struck::recovery)
                .sorted()
                .toList();
        return times.isEmpty()
                ? "0"
                : "%d, %s / %s"
                        .formatted(
                                times.size(),
                                seconds(times.get(times.size() / 2)),
                                seconds(times.get(times.size() - 1)));
    }

    private static String seconds(Duration time) {
        return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1_000.0);
    }

    private String summary() {
        var each = runs.entrySet().stream()
                .map(entry -> entry.getValue().size() + " runs with " + entry.getKey() + " of "
                        + seconds(mean(entry.getValue())) + " in the mean")
                .collect(Collectors.joining(", "));
        var verdicts = all().map(ChaosRun.Result::verdict).toList();
        return each + ": " + verdicts.stream().filter(Verdict::isClean).count() + " of " + verdicts.size() + " clean, "
                + verdicts.stream().mapToInt(Verdict::duplicates).sum() + " duplicates, "
                + verdicts.stream().mapToInt(Verdict::inversions).sum() + " inversions, "
                + verdicts.stream().mapToInt(Verdict::gaps).sum() + " gaps, "
                + verdicts.stream().mapToInt(Verdict::lost).sum() + " lost, "
                + verdicts.stream().mapToInt(Verdict::miscounted).sum() + " miscounted.\n";
    }

    private static Duration mean(List<ChaosRun.Result> results) {
        return results.stream()
                .map(ChaosRun.Result::took)
                .reduce(Duration.ZERO, Duration::plus)
                .dividedBy(results.size());
    }

    private Stream<ChaosRun.Result> all() {
        return runs.values().stream().flatMap(Collection::stream);
    }
}

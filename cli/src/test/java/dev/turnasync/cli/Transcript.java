package dev.turnasync.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a person types into a shell and what comes back, without what differs from run to run. */
final class Transcript {

    private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");
    private static final String WITHOUT_OK = " | grep -v ^OK";
    private static final String DURATION = "(?:\\d+ ms|\\d+\\.\\d s|\\d+m \\d\\ds|\\d+h \\d\\dm|\\d+d \\d\\dh)";
    private static final Pattern HEADING = Pattern.compile("^(STATUS|WHEN) {2,}");
    private static final Pattern GAP = Pattern.compile(" {2,}");

    private final Shop shop;
    private final Path folder;
    private final StringBuilder text = new StringBuilder();
    private int exitCode;

    Transcript(Shop shop, Path folder) {
        this.shop = shop;
        this.folder = folder;
    }

    /** Runs a command as it is typed; the events happen in the pauses of one that waits. */
    Transcript type(String line, Runnable... meanwhile) {
        if (!text.isEmpty()) {
            text.append('\n');
        }
        text.append("$ ").append(normal(line)).append('\n');
        if (line.equals("echo $?")) {
            text.append(exitCode).append('\n');
            return this;
        }
        var run =
                shop.in(CommandLineRun.inPipe().meanwhile(meanwhile).today()).run(words(line.replace(WITHOUT_OK, "")));
        exitCode = run.exitCode();
        var lines = run.all()
                .lines()
                .filter(answer -> !line.endsWith(WITHOUT_OK) || !answer.startsWith("OK"))
                .toList();
        text.append(String.join("\n", normal(lines)).stripTrailing()).append('\n');
        return this;
    }

    String text() {
        return text.toString();
    }

    private String[] words(String line) {
        var words = WORD.matcher(line)
                .results()
                .map(word -> word.group(1) == null ? word.group(2) : word.group(1))
                .map(word -> word.endsWith(".jar") ? folder.resolve(word).toString() : word)
                .toList();
        if (!words.get(0).equals("turnasync")) {
            throw new IllegalArgumentException(line);
        }
        return words.subList(1, words.size()).toArray(String[]::new);
    }

    private List<String> normal(List<String> lines) {
        for (var i = 0; i < lines.size(); i++) {
            if (HEADING.matcher(lines.get(i)).find()) {
                return table(lines, i);
            }
        }
        return lines.stream().map(this::normal).toList();
    }

    /** Moves the cells of a table to where they stand with other durations. */
    private List<String> table(List<String> lines, int heading) {
        var starts = Pattern.compile("(?<=^|  )\\S")
                .matcher(lines.get(heading))
                .results()
                .map(MatchResult::start)
                .toList();
        var rows = lines.stream()
                .skip(heading)
                .takeWhile(line -> GAP.matcher(line).find())
                .map(line -> cells(line, starts))
                .toList();
        var took = rows.get(0).indexOf("TOOK");
        if (took >= 0) {
            rows.forEach(row -> row.set(took, row.get(took).replaceFirst("^" + DURATION + "$", tookOf(row))));
        }
        var result = new ArrayList<String>();
        lines.stream().limit(heading).map(this::normal).forEach(result::add);
        rows.forEach(row -> result.add(padded(row, rows)));
        lines.stream().skip(heading + rows.size()).map(this::normal).forEach(result::add);
        return result;
    }

    private List<String> cells(String line, List<Integer> starts) {
        var cells = new ArrayList<String>();
        for (var i = 0; i < starts.size(); i++) {
            var end = i + 1 < starts.size() ? starts.get(i + 1) : line.length();
            var cell = line.substring(Math.min(starts.get(i), line.length()), Math.min(end, line.length()))
                    .strip();
            cells.add(normal(cell));
        }
        return cells;
    }

    private static String tookOf(List<String> row) {
        return row.get(0).equals("RUNNING") ? "4m 10s" : "1.2 s";
    }

    private static String padded(List<String> row, List<List<String>> rows) {
        var line = new StringBuilder();
        for (var i = 0; i < row.size(); i++) {
            var column = i;
            var width =
                    rows.stream().mapToInt(other -> other.get(column).length()).max();
            line.append(PlainText.pad(row.get(i), width.orElse(0) + 2));
        }
        return line.toString().stripTrailing();
    }

    /** Without times, durations, ids of workers, paths, ports and names of databases. */
    private String normal(String line) {
        var normal = line.replace(folder + "/", "")
                .replaceAll("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z", "2026-03-01T10:00:00Z")
                .replaceAll("(?<=\\b(in|after|took) )" + DURATION, "1.2 s")
                .replaceAll(DURATION + "(?= ago)", "5m 00s")
                .replaceAll("(?<=due for )\\d+(?= min\\b)", "120")
                .replaceAll("localhost:\\d+", "db:5432")
                .replaceAll("\\btest_[0-9a-f]+\\b|(?<=app_)test_[0-9a-f]+", "shop");
        for (var worker : workers()) {
            normal = normal.replaceAll(Pattern.quote(worker), Matcher.quoteReplacement("app-1"));
        }
        return normal.stripTrailing();
    }

    /** The ids that workers gave themselves. */
    private List<String> workers() {
        if (shop.database()
                .column("SELECT 1 FROM pg_tables WHERE tablename = 'async_schema_lease'")
                .isEmpty()) {
            return List.of();
        }
        return shop.database().column("""
                        SELECT worker FROM async_schema_attempts
                        UNION SELECT worker FROM async_schema_migrations
                        UNION SELECT worker FROM async_schema_lease""").stream()
                .filter(String.class::isInstance)
                .map(String.class::cast)
                .filter(worker -> !worker.startsWith("app-") && !worker.startsWith("check-queue"))
                .toList();
    }
}

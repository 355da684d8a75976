package dev.turnasync.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.api.EntryStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The page about statuses says what the enum says. */
class StateMachineDocTest {

    private static final Pattern ROW = Pattern.compile("(?m)^\\| `([A-Z]+)` \\|[^|]+\\|([^|]+)\\|[^|]+\\|$");

    private static final Pattern ARROW = Pattern.compile("(?m)^ +(\\[\\*]|[A-Z]+) --> (\\[\\*]|[A-Z]+)");

    private static final Pattern GEM = Pattern.compile("(?m)^\\| `([a-z]+)` \\|([^|]+)\\|[^|]+\\|$");

    private final String page = read();

    @Test
    void tableListsEveryStatusWithItsSuccessors() {
        var rows = new EnumMap<EntryStatus, Set<EntryStatus>>(EntryStatus.class);
        all(ROW).forEach(row -> rows.put(EntryStatus.valueOf(row.group(1)), statuses(row.group(2))));

        assertThat(rows).isEqualTo(successors());
    }

    @Test
    void graphDrawsEveryTransitionAndNoOther() {
        var drawn = all(ARROW).stream()
                .map(arrow -> arrow.group(1) + " " + arrow.group(2))
                .toList();

        var legal = new TreeSet<>(Set.of("[*] QUEUED", "[*] SKIPPED", "[*] PAUSED", "[*] SUCCEEDED"));
        successors().forEach((from, next) -> {
            next.forEach(to -> legal.add(from + " " + to));
            if (next.isEmpty()) {
                legal.add(from + " [*]");
            }
        });
        assertThat(drawn).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(legal);
    }

    @Test
    void mapsTheStatesOfTheGem() {
        Map<String, Set<EntryStatus>> mapped =
                all(GEM).stream().collect(Collectors.toMap(row -> row.group(1), row -> statuses(row.group(2))));

        assertThat(mapped)
                .isEqualTo(Map.of(
                        "created", Set.of(EntryStatus.QUEUED),
                        "pending", Set.of(),
                        "processing", Set.of(EntryStatus.RUNNING),
                        "done", Set.of(EntryStatus.SUCCEEDED),
                        "failed", Set.of(EntryStatus.RETRYABLE, EntryStatus.FAILED)));
    }

    private static Map<EntryStatus, Set<EntryStatus>> successors() {
        var successors = new EnumMap<EntryStatus, Set<EntryStatus>>(EntryStatus.class);
        for (var status : EntryStatus.values()) {
            successors.put(status, status.next());
        }
        return successors;
    }

    private static Set<EntryStatus> statuses(String text) {
        var statuses = EnumSet.noneOf(EntryStatus.class);
        Pattern.compile("`([A-Z]+)`")
                .matcher(text)
                .results()
                .forEach(word -> statuses.add(EntryStatus.valueOf(word.group(1))));
        return statuses;
    }

    private List<MatchResult> all(Pattern pattern) {
        return pattern.matcher(page).results().toList();
    }

    private static String read() {
        try {
            return Files.readString(Path.of("..", "docs", "state-machine.md"));
        } catch (IOException e) {
            throw new AssertionError("the page is missing", e);
        }
    }
}

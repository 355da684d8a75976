package dev.turnasync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.api.QueueReport.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What docs/operations.md shows is what the commands print. {@code -Dtranscripts.write=true} writes what they print now into the
 * document instead.
 */
final class RunbookTest {

    private static final Path PAGE = Path.of("..", "docs", "operations.md");
    private static final Pattern BLOCK =
            Pattern.compile("(?s)(?:<!-- transcript: (\\S+) -->\\n)?```console\\n(.*?)```\\n");
    private static final Pattern NAME = Pattern.compile("<!-- transcript: (\\S+) -->");
    private static final Pattern EXIT_CODE = Pattern.compile("(?m)^\\| (\\d[\\d, ]*) \\|");
    private static final Pattern FINDING = Pattern.compile("(?m)^\\| `([A-Z_]+)` \\|");

    @Test
    void showsWhatTheCommandsPrint(@TempDir Path folder) throws IOException {
        var page = Files.readString(PAGE);
        var printed = Runbook.transcripts(folder);
        if (Boolean.getBoolean("transcripts.write")) {
            page = rewritten(page, printed);
            Files.writeString(PAGE, page);
        }

        var shown = shown(page);

        assertThat(shown.keySet()).as("transcripts in the document").isEqualTo(printed.keySet());
        printed.forEach((name, text) ->
                assertThat(shown.get(name)).as("transcript " + name).isEqualTo(text));
    }

    @Test
    void hasANameForEveryTranscriptAndATranscriptForEveryName() throws IOException {
        var page = Files.readString(PAGE);

        assertThat(NAME.matcher(page).results().map(name -> name.group(1)))
                .doesNotHaveDuplicates()
                .containsExactlyInAnyOrderElementsOf(shown(page).keySet());
    }

    @Test
    void listsEveryFindingOfTheCheck() throws IOException {
        var rows = FINDING.matcher(Files.readString(PAGE)).results().map(row -> row.group(1));

        assertThat(rows)
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(Kind.values()).map(Kind::name).toList());
    }

    @Test
    void listsEveryExitCode() throws IOException {
        var rows = EXIT_CODE.matcher(Files.readString(PAGE)).results().map(row -> row.group(1));

        assertThat(rows)
                .containsExactlyElementsOf(ExitCode.explained().keySet().stream()
                        .filter(code -> !code.equals("shards"))
                        .toList());
    }

    private static Map<String, String> shown(String page) {
        var shown = new TreeMap<String, String>();
        BLOCK.matcher(page).results().forEach(block -> {
            var name = block.group(1) == null ? "without a name" : block.group(1);
            shown.put(name, block.group(2));
        });
        return shown;
    }

    private static String rewritten(String page, Map<String, String> printed) {
        return BLOCK.matcher(page).replaceAll(block -> {
            var text = block.group(1) == null ? null : printed.get(block.group(1));
            return Matcher.quoteReplacement(
                    text == null
                            ? block.group()
                            : "<!-- transcript: " + block.group(1) + " -->\n```console\n" + text + "```\n");
        });
    }
}

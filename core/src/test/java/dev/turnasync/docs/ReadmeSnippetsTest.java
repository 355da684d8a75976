package dev.turnasync.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Every Java block of the documents is a tagged region of code that is compiled and tested. */
class ReadmeSnippetsTest {

    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

    private static final Pattern JAVA = Pattern.compile("(?s)(<!-- snippet: (\\S+)#(\\S+) -->\\n)?```java\\n(.*?)```");

    private record Snippet(String document, String file, String tag, String text) {}

    private static List<Path> documents() throws IOException {
        var documents = new ArrayList<>(List.of(ROOT.resolve("README.md"), ROOT.resolve("ARCHITECTURE.md")));
        try (var files = Files.list(ROOT.resolve("docs"))) {
            files.filter(file -> file.toString().endsWith(".md")).forEach(documents::add);
        }
        return documents;
    }

    private static List<Snippet> snippets() throws IOException {
        var snippets = new ArrayList<Snippet>();
        for (var document : documents()) {
            var matcher = JAVA.matcher(Files.readString(document));
            while (matcher.find()) {
                snippets.add(new Snippet(
                        ROOT.relativize(document).toString(),
                        Objects.requireNonNullElse(matcher.group(2), "(no snippet comment)"),
                        Objects.requireNonNullElse(matcher.group(3), ""),
                        matcher.group(4)));
            }
        }
        return snippets;
    }

    private static String region(Snippet snippet) throws IOException {
        var file = ROOT.resolve(snippet.file());
        assertThat(file).as("source of a java block in " + snippet.document()).exists();
        var text = Files.readString(file);
        var region = Pattern.compile("(?s)[ ]*// tag::" + snippet.tag() + "\\[\\]\\n(.*?)[ ]*// end::" + snippet.tag())
                .matcher(text);
        assertThat(region.find()).as(snippet.tag() + " in " + file).isTrue();
        return region.group(1).stripTrailing().stripIndent() + "\n";
    }

    @Test
    void areTaggedRegionsOfCompiledCode() throws IOException {
        assertThat(snippets())
                .isNotEmpty()
                .allSatisfy(snippet -> assertThat(snippet.text())
                        .as(snippet.document() + ": " + snippet.tag())
                        .isEqualTo(region(snippet)));
    }

    @Test
    void showTheFirstCodeByLineTwenty() throws IOException {
        var lines = Files.readAllLines(ROOT.resolve("README.md"));
        assertThat(lines.indexOf("```java")).isBetween(1, 19);
    }
}

package dev.turnasync.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Lines of {@code key = value}. A line that begins with {@code #} or {@code !} is a comment. A backslash is a backslash, as in
 * {@code flyway.conf}; at the end of a line it goes on with the next one, unless that is blank or has a key of its own.
 */
final class PropertyLines {

    /** A value and the number of its line. */
    private record Value(String text, int line) {}

    private static final Pattern COMMA = Pattern.compile(",");

    private final String file;
    private final References references;
    private final Map<String, Value> values = new LinkedHashMap<>();

    private PropertyLines(String file, References references) {
        this.file = file;
        this.references = references;
    }

    /**
     * Reads a text.
     *
     * @throws CliException if a line is neither blank, nor a comment, nor has a key and a value; it does not repeat the line
     */
    static PropertyLines read(String file, String text, References references) {
        var result = new PropertyLines(file, references);
        var lines = text.lines().map(String::strip).toList();
        for (var i = 0; i < lines.size(); i++) {
            var first = i;
            var line = new StringBuilder(lines.get(i));
            while (goesOn(line, lines, i)) {
                line.setLength(line.length() - 1);
                line.append(lines.get(++i));
            }
            result.add(line.toString(), first + 1);
        }
        return result;
    }

    private static boolean goesOn(StringBuilder line, List<String> lines, int current) {
        if (line.isEmpty() || line.charAt(line.length() - 1) != '\\' || isComment(line.toString())) {
            return false;
        }
        var next = current + 1 < lines.size() ? lines.get(current + 1) : "";
        return !next.isEmpty() && next.indexOf('=') < 0 && !isComment(next);
    }

    private static boolean isComment(String line) {
        return line.startsWith("#") || line.startsWith("!");
    }

    private void add(String line, int number) {
        if (line.isEmpty() || isComment(line)) {
            return;
        }
        var equals = line.indexOf('=');
        if (equals < 1) {
            throw CliException.usage(place(number) + " is not of the form key = value");
        }
        var key = line.substring(0, equals).strip();
        values.put(key, new Value(line.substring(equals + 1).strip(), number));
    }

    /** Refuses keys that nobody knows; they are not repeated, for a secret may have lost its key. */
    void requireKnown(List<String> known) {
        values.forEach((key, value) -> {
            if (!known.contains(key)) {
                throw CliException.usage(
                        place(value.line()) + " has an unknown key; known are " + String.join(", ", known));
            }
        });
    }

    /** The value of a key; null when it is missing or empty. */
    @Nullable
    String get(String key) {
        return Optional.ofNullable(values.get(key))
                .map(value -> references.resolve(value.text(), place(value.line())))
                .filter(text -> !text.isEmpty())
                .orElse(null);
    }

    /** The values of a key, which commas part. */
    List<String> all(String key) {
        return Optional.ofNullable(get(key)).stream()
                .flatMap(COMMA::splitAsStream)
                .map(String::strip)
                .filter(text -> !text.isEmpty())
                .toList();
    }

    /** Whether a value stands in the file itself, and not in the environment. */
    boolean isWritten(String key) {
        var value = values.get(key);
        return value != null && !value.text().isEmpty() && !value.text().startsWith("${");
    }

    private String place(int line) {
        return file + " line " + line;
    }
}

package dev.turnasync.resumable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Lines of words, as one text. Whatever stands in a word survives. */
final class Lines {

    private Lines() {}

    static String write(List<List<String>> lines) {
        return lines.stream()
                .map(line -> line.stream().map(Lines::escape).collect(Collectors.joining("\t")))
                .collect(Collectors.joining("\n"));
    }

    static List<List<String>> read(String text) {
        return Arrays.stream(text.split("\n", -1))
                .map(line ->
                        Arrays.stream(line.split("\t", -1)).map(Lines::unescape).toList())
                .collect(Collectors.toCollection(ArrayList::new));
    }

    private static String escape(String word) {
        return word.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t");
    }

    private static String unescape(String word) {
        var plain = new StringBuilder();
        for (var n = 0; n < word.length(); n++) {
            var letter = word.charAt(n);
            if (letter == '\\' && n + 1 < word.length()) {
                n++;
                plain.append(
                        switch (word.charAt(n)) {
                            case 'n' -> '\n';
                            case 't' -> '\t';
                            default -> word.charAt(n);
                        });
            } else {
                plain.append(letter);
            }
        }
        return plain.toString();
    }
}

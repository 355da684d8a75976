package dev.turnasync.cli;

import java.util.List;
import java.util.stream.Collectors;

/** Makes text from outside harmless for a terminal, and measures it. */
final class PlainText {

    private static final String ELLIPSIS = "…";
    private static final int TAB = 4;

    /** Code points that take two columns: East Asian wide and emoji; first and last of each range. */
    private static final int[][] WIDE = {
        {0x1100, 0x115F},
        {0x2E80, 0x303E},
        {0x3041, 0xA4CF},
        {0xAC00, 0xD7A3},
        {0xF900, 0xFAFF},
        {0xFE30, 0xFE6F},
        {0xFF00, 0xFF60},
        {0xFFE0, 0xFFE6},
        {0x1F300, 0x1F64F},
        {0x1F680, 0x1F6FF},
        {0x1F900, 0x1F9FF},
        {0x20000, 0x3FFFD}
    };

    private PlainText() {}

    /** Returns the text in one line, with everything that a terminal would obey replaced by a visible escape. */
    static String line(String text) {
        if (text.codePoints().noneMatch(PlainText::isUnsafe)) {
            return text;
        }
        return text.codePoints().mapToObj(PlainText::visible).collect(Collectors.joining());
    }

    /** Returns the lines of a longer text, each of them harmless. */
    static List<String> lines(String text) {
        return text.lines()
                .map(line -> line(line.replace("\t", " ".repeat(TAB))))
                .toList();
    }

    /** Returns how many columns a terminal needs for a harmless text. */
    static int width(String text) {
        return text.codePoints().map(PlainText::width).sum();
    }

    /** Cuts a harmless text to a width, with an ellipsis where something is missing. */
    static String cut(String text, int columns) {
        if (width(text) <= columns) {
            return text;
        }
        var kept = new StringBuilder();
        var left = columns - 1;
        for (var point : text.codePoints().toArray()) {
            left -= width(point);
            if (left < 0) {
                break;
            }
            kept.appendCodePoint(point);
        }
        return kept.append(ELLIPSIS).toString();
    }

    /** Fills a harmless text with spaces to a width. */
    static String pad(String text, int columns) {
        return text + " ".repeat(Math.max(0, columns - width(text)));
    }

    private static boolean isUnsafe(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE -> true;
            default -> false;
        };
    }

    private static String visible(int point) {
        if (!isUnsafe(point)) {
            return Character.toString(point);
        }
        return switch (point) {
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            default -> point < 0x100 ? "\\x%02x".formatted(point) : "\\u%04x".formatted(point);
        };
    }

    private static int width(int point) {
        var type = Character.getType(point);
        if (type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK) {
            return 0;
        }
        for (var range : WIDE) {
            if (point >= range[0] && point <= range[1]) {
                return 2;
            }
        }
        return 1;
    }
}

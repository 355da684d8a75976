package dev.turnasync.resumable;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Tells which changes of a key column's type leave every key where it is, and how it is written. */
final class TypeChange {

    private static final List<String> INTEGERS = List.of("smallint", "integer", "bigint");

    /** How long or how precise a type is. */
    private static final Pattern SIZE = Pattern.compile("\\((\\d+)(?:,(-?\\d+))?\\)");

    private static final Pattern LABEL = Pattern.compile("'(?:[^']|'')*'");
    private static final String ENUM = "enum ";

    private TypeChange() {}

    /**
     * Compares two types.
     *
     * @param from the type when the checkpoint was written, as {@code format_type} writes it, or an enum with its labels
     * @param to the type now
     */
    static boolean keepsOrder(String from, String to) {
        return from.equals(to)
                || (INTEGERS.contains(from) && INTEGERS.indexOf(from) <= INTEGERS.indexOf(to))
                || isRoomier(text(from), text(to))
                || (from.startsWith(ENUM) && to.startsWith(ENUM) && holdsInOrder(labels(from), labels(to)));
    }

    /** Both are compared, and written, alike. */
    private static String text(String type) {
        return type.equals("text") ? "character varying" : type;
    }

    private static boolean isRoomier(String from, String to) {
        if (!SIZE.matcher(from).replaceFirst("").equals(SIZE.matcher(to).replaceFirst(""))) {
            return false;
        }
        var before = SIZE.matcher(from);
        var now = SIZE.matcher(to);
        return !now.find() || (before.find() && size(now) >= size(before) && scale(now) >= scale(before));
    }

    /** The letters, or the digits before the point. */
    private static int size(MatchResult type) {
        return Integer.parseInt(type.group(1)) - scale(type);
    }

    private static int scale(MatchResult type) {
        return Integer.parseInt(Objects.requireNonNullElse(type.group(2), "0"));
    }

    private static List<String> labels(String type) {
        var labels = new ArrayList<String>();
        LABEL.matcher(type).results().forEach(label -> labels.add(label.group()));
        return labels;
    }

    private static boolean holdsInOrder(List<String> before, List<String> now) {
        var found = now.stream().filter(before::contains).toList();
        return found.equals(before);
    }
}

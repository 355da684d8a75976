package dev.turnasync;

import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What a shard may be called, and how shards are chosen. */
final class ShardIds {

    /** Quartz stores the queue's name, which the id is a part of, in 200 characters. */
    static final int LONGEST = 60;

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

    private ShardIds() {}

    static String require(String id) {
        if (!ID.matcher(id).matches()) {
            throw new IllegalArgumentException(
                    "a shard's id is made of letters, digits, '.', '_' and '-', and begins with a"
                            + " letter or digit: not " + shown(id));
        }
        if (id.length() > LONGEST) {
            throw new IllegalArgumentException(
                    "a shard's id has at most " + LONGEST + " characters, and " + id + " has " + id.length());
        }
        return id;
    }

    /** In quotes, with control characters made visible, so that no message breaks a terminal or a log. */
    static String shown(String text) {
        return text.chars()
                .mapToObj(c -> Character.isISOControl(c) ? String.format("\\u%04x", c) : Character.toString(c))
                .collect(Collectors.joining("", "\"", "\""));
    }

    /** The ids that one of the patterns means, in their own order; a pattern that means none is an error. */
    static List<String> chosen(List<String> ids, List<String> patterns) {
        var wanted = patterns.stream()
                .map(pattern -> known(ids, pattern))
                .reduce(Predicate::or)
                .orElseThrow(() -> new IllegalArgumentException("name at least one shard of " + shown(ids)));
        return ids.stream().filter(wanted).toList();
    }

    private static Predicate<String> known(List<String> ids, String pattern) {
        var matches = glob(pattern);
        if (ids.stream().noneMatch(matches)) {
            throw new IllegalArgumentException("there is no shard " + shown(pattern) + "; there are " + shown(ids));
        }
        return matches;
    }

    /** {@code *} stands for any characters, {@code ?} for one. */
    private static Predicate<String> glob(String pattern) {
        var regex = pattern.chars()
                .mapToObj(c -> c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(Character.toString(c)))
                .collect(Collectors.joining());
        return Pattern.compile(regex, Pattern.DOTALL).asMatchPredicate();
    }

    private static String shown(List<String> ids) {
        var most = 10;
        var first = String.join(", ", ids.subList(0, Math.min(most, ids.size())));
        return ids.size() <= most ? first : first + " and " + (ids.size() - most) + " more";
    }
}

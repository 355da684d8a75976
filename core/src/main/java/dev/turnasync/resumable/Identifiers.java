package dev.turnasync.resumable;

import dev.turnasync.jdbc.QueueName;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;
import java.util.stream.Collectors;

/** Names as they go into SQL. */
final class Identifiers {

    /** PostgreSQL cuts longer names without an error, and they would not be found again. */
    private static final int MOST_BYTES = 63;

    private Identifiers() {}

    static String quote(String name) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("a name is blank");
        }
        if (bytes(name) > MOST_BYTES) {
            throw new IllegalArgumentException("the name " + name + " has " + bytes(name)
                    + " bytes, and PostgreSQL cuts names after " + MOST_BYTES + ". Choose a shorter one.");
        }
        return QueueName.quote(name);
    }

    static String quoteAll(Collection<String> names) {
        return names.stream().map(Identifiers::quote).collect(Collectors.joining(", "));
    }

    static String quoteAll(String... names) {
        return quoteAll(Arrays.asList(names));
    }

    /** Joins two names to one that fits; the same two always give the same. */
    static String join(String first, String second) {
        var whole = first + "_" + second;
        if (bytes(whole) <= MOST_BYTES) {
            return whole;
        }
        var hash = "_" + HexFormat.of().toHexDigits(whole.hashCode());
        var cut = whole;
        while (bytes(cut) > MOST_BYTES - hash.length()) {
            cut = cut.substring(0, cut.offsetByCodePoints(cut.length(), -1));
        }
        return cut + hash;
    }

    private static int bytes(String name) {
        return name.getBytes(StandardCharsets.UTF_8).length;
    }
}

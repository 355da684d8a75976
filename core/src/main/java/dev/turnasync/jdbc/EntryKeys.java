package dev.turnasync.jdbc;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** Understands how people write an entry's key: {@code 7}, {@code V7}, {@code V007}, {@code 1_2}, {@code R__refresh_totals}. */
final class EntryKeys {

    private EntryKeys() {}

    /** PostgreSQL's texts hold no NUL. */
    static boolean isPossible(String wanted) {
        return wanted.indexOf('\0') < 0;
    }

    /** How Flyway writes what people call a version; other keys stay as they are. */
    static String usual(String wanted) {
        var version = wanted.matches("[vV]\\d.*") ? wanted.substring(1) : wanted;
        var parts = parts(version.replace('_', '.'));
        return parts.isEmpty()
                ? wanted
                : parts.stream().map(BigInteger::toString).collect(Collectors.joining("."));
    }

    /**
     * The ways in which the same version may be stored by builds that write it with or without zeros at its end, or the
     * same description with or without underscores.
     */
    static Set<String> spellings(String key) {
        var usual = usual(key);
        return usual.matches("\\d+(\\.\\d+)*")
                ? new HashSet<>(List.of(key, usual, usual + ".0"))
                : new HashSet<>(
                        List.of(key, "R__" + key.replaceFirst("^R__", "").replace('_', ' ')));
    }

    static boolean same(String key, String wanted) {
        if (key.equals(wanted)) {
            return true;
        }
        var version = wanted.matches("[vV]\\d.*") ? wanted.substring(1) : wanted;
        var parts = parts(version.replace('_', '.'));
        if (key.startsWith("R__") && !parts.isEmpty()) {
            return false;
        }
        if (key.startsWith("R__")) {
            var text = wanted.startsWith("R__") ? wanted : "R__" + wanted;
            return key.toLowerCase(Locale.ROOT)
                            .equals(text.replace('_', ' ')
                                    .replaceFirst("^R  ", "R__")
                                    .toLowerCase(Locale.ROOT))
                    || key.equals(text);
        }
        return !parts.isEmpty() && parts.equals(parts(key));
    }

    /** The numbers of a version without trailing zeros, as Flyway compares them; empty when it is none. */
    private static List<BigInteger> parts(String version) {
        if (!version.matches("\\d+(\\.\\d+)*")) {
            return List.of();
        }
        var parts = new ArrayList<BigInteger>();
        for (var part : version.split("\\.", -1)) {
            parts.add(new BigInteger(part));
        }
        while (parts.size() > 1 && parts.get(parts.size() - 1).signum() == 0) {
            parts.remove(parts.size() - 1);
        }
        return parts;
    }
}

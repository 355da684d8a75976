package dev.turnasync.resumable;

import dev.turnasync.api.AsyncMigrationException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/**
 * What a backfill does with rows, as far as it can be told.
 *
 * @param set the assignments; a word of its own for Java code, which cannot be compared
 * @param where which rows it changes
 * @param untilNone whether it goes over the table until none matches
 */
record Statement(String set, String where, boolean untilNone) {

    /** In letters that every encoding has. */
    private static final String JAVA = "run(batch -> ...)";

    private static final String KIND = "statement";
    private static final int SHOWN = 200;
    private static final int FINGERPRINT_BYTES = 6;

    static Statement of(BackfillOptions options) {
        return new Statement(
                options.set().isBlank() ? JAVA : plain(options.set()), plain(options.where()), options.untilNone());
    }

    /** A file's line ends depend on who checked it out. */
    private static String plain(String sql) {
        return sql.replace("\r\n", "\n").strip();
    }

    List<String> line() {
        return List.of(KIND, set, where, Boolean.toString(untilNone));
    }

    static Statement parse(List<List<String>> lines) {
        var line = lines.stream()
                .filter(words -> words.get(0).equals(KIND))
                .findFirst()
                .orElseThrow();
        return new Statement(line.get(1), line.get(2), Boolean.parseBoolean(line.get(3)));
    }

    /** The same in every database. */
    String fingerprint() {
        try {
            var hash = MessageDigest.getInstance("SHA-256")
                    .digest(Lines.write(List.of(line())).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, FINGERPRINT_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JVM has it
        }
    }

    /** Fails when rows that were passed were changed by another statement, unless the author says that this is meant. */
    void requireKeptBy(Statement now, String name, Set<String> accepted) {
        if (equals(now) || accepted.contains(fingerprint())) {
            return;
        }
        throw new AsyncMigrationException.Permanent("the backfill \"" + name
                + "\" began with another statement, which changed the rows it has passed: "
                + String.join("; ", differences(now))
                + ". If those rows may stay as they are, add .continuing(\"" + fingerprint()
                + "\") and retry, and the rest is changed as it says now. Or restore the statement; or begin again by"
                + " retry --from-start.");
    }

    private List<String> differences(Statement now) {
        var differences = new ArrayList<String>();
        if (!set.equals(now.set)) {
            differences.add("set(…) was " + shown(set) + " and is now " + shown(now.set));
        }
        if (!where.equals(now.where)) {
            differences.add("where(…) was " + shown(where) + " and is now " + shown(now.where));
        }
        if (untilNone != now.untilNone) {
            differences.add("untilNoneMatches() was " + (untilNone ? "there" : "not there") + " and is now "
                    + (now.untilNone ? "there" : "not there"));
        }
        return differences;
    }

    private static String shown(String sql) {
        if (sql.isEmpty()) {
            return "nothing";
        }
        return sql.codePointCount(0, sql.length()) <= SHOWN
                ? sql
                : sql.substring(0, sql.offsetByCodePoints(0, SHOWN)) + "…";
    }
}

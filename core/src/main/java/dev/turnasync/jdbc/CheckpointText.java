package dev.turnasync.jdbc;

import dev.turnasync.api.AsyncMigrationException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What checkpoints may hold. A migration goes on by what it reads there, so a text that would come back as another one is refused: the
 * driver makes a question mark of half a surrogate pair, and says nothing.
 */
public final class CheckpointText {

    /** A key of an index has room for so much in any encoding. */
    private static final int LONGEST_NAME = 500;

    /** A character that the encoding lacks, in the two forms of PostgreSQL, and a text that is too long. */
    private static final Set<String> NOT_AS_IT_IS = Set.of("22P05", "22021", "54000");

    private CheckpointText() {}

    /**
     * Adds a checkpoint to those of a transaction.
     *
     * @param checkpoints value by name
     * @param name its name
     * @param value its value
     * @throws AsyncMigrationException.Permanent if one of them cannot be stored as it is
     */
    public static void putInto(Map<String, String> checkpoints, @Nullable String name, @Nullable String value) {
        var exactName = requireName("checkpoint", name);
        checkpoints.put(exactName, require("the checkpoint \"" + visible(exactName) + "\"", value));
    }

    /**
     * Checks a name under which something is stored.
     *
     * @param kind what has it, such as {@code step}
     * @param name the name
     * @return the name
     * @throws AsyncMigrationException.Permanent if it cannot be stored as it is
     */
    public static String requireName(String kind, @Nullable String name) {
        var exact = require("the name of the " + kind + (name == null ? "" : " \"" + visible(name) + "\""), name);
        if (exact.length() > LONGEST_NAME) {
            throw new AsyncMigrationException.Permanent(
                    "the name of the " + kind + " \"" + visible(exact.substring(0, 50)) + "...\" has " + exact.length()
                            + " characters, and may have " + LONGEST_NAME + ". Choose a shorter one.");
        }
        return exact;
    }

    private static String require(String what, @Nullable String text) {
        if (text == null) {
            throw new AsyncMigrationException.Permanent(what + " is null. Give it a value, which may be empty.");
        }
        var at = firstLost(text);
        if (at >= 0) {
            throw new AsyncMigrationException.Permanent(
                    what + " has "
                            + (text.charAt(at) == 0 ? "a NUL character (U+0000)" : "half of a surrogate pair")
                            + " at position " + at + " of " + text.length()
                            + ", which PostgreSQL cannot store, and it must come back as it is. Encode it, such as by Base64 or URLEncoder.");
        }
        return text;
    }

    /** Where the first character is that has no place in a text of PostgreSQL; -1 when there is none. */
    private static int firstLost(String text) {
        for (var at = 0; at < text.length(); at++) {
            var character = text.charAt(at);
            if (Character.isHighSurrogate(character)
                    && at + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(at + 1))) {
                at++;
            } else if (character == 0 || Character.isSurrogate(character)) {
                return at;
            }
        }
        return -1;
    }

    /** A name for a message, which must be storable itself, whatever the encoding. */
    private static String visible(String name) {
        var text = new StringBuilder();
        name.chars()
                .limit(LONGEST_NAME)
                .forEach(character -> text.append(
                        character < ' ' || character > '~'
                                ? String.format("\\u%04x", character)
                                : Character.toString(character)));
        return text.toString();
    }

    /**
     * Lets the database say beforehand whether its encoding has all characters of a name.
     *
     * @param connection a connection, in a transaction
     * @param kind what has the name
     * @param name the name
     * @throws SQLException if the database refuses for another reason
     * @throws AsyncMigrationException.Permanent if the name cannot be stored as it is
     */
    public static void requireEncodable(Connection connection, String kind, String name) throws SQLException {
        try {
            Jdbc.list(connection, "SELECT CAST(? AS TEXT)", row -> true, name);
        } catch (SQLException e) {
            throw refusal("the name of the " + kind, name, e);
        }
    }

    /**
     * Turns what the database said to a checkpoint into plain words, if it could not store it as it is.
     *
     * @param what what it is, such as {@code the checkpoint}
     * @param name the checkpoint's name
     * @param failure what the database said
     * @return the refusal
     * @throws SQLException if it was something else
     */
    public static AsyncMigrationException refusal(String what, String name, SQLException failure) throws SQLException {
        if (!NOT_AS_IT_IS.contains(String.valueOf(failure.getSQLState()))) {
            throw failure;
        }
        return new AsyncMigrationException.Permanent(
                what + " \"" + visible(name) + "\" cannot be stored as it is, and it must come back as it is: "
                        + failure.getMessage() + ". Encode it in ASCII, such as by Base64 or URLEncoder.",
                failure);
    }
}

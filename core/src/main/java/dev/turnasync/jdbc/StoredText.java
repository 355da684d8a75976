package dev.turnasync.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * A text from outside on its way into a column: an error's message, an operator's reason, a worker's name. {@link Jdbc} stores it in the form
 * that any database takes: see {@link CleanText}, and escapes for what the database's encoding lacks. What identifies something
 * (keys, scripts, checkpoints) is bound as it is, and refused by the database when it cannot be stored: never altered.
 *
 * @param text the text; null is stored as null
 * @param longest how many of its characters are kept
 */
record StoredText(@Nullable String text, int longest) {

    private static final int NAME = 200;
    private static final int WORDS = 10_000;
    private static final int BLOCK = 100_000;

    /** Who or what: a worker, a person, a class. */
    static StoredText name(@Nullable String text) {
        return new StoredText(text, NAME);
    }

    /** A sentence or some, for people. */
    static StoredText words(@Nullable String text) {
        return new StoredText(text, WORDS);
    }

    /** Something long, such as a stack trace. */
    static StoredText block(@Nullable String text) {
        return new StoredText(text, BLOCK);
    }

    @Nullable
    String on(Connection connection) throws SQLException {
        if (text == null) {
            return null;
        }
        var clean = CleanText.of(text, longest);
        return clean.chars().allMatch(c -> c < 0x80)
                ? clean
                : ServerEncoding.of(connection).fit(clean);
    }
}

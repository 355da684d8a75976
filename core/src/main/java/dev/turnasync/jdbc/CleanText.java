package dev.turnasync.jdbc;

import java.util.regex.Pattern;

/**
 * Makes texts from outside fit to be shown, logged and stored, whatever they hold: without passwords, without what a terminal or a log would
 * obey, and no longer than anybody reads. Stateless.
 */
public final class CleanText {

    private static final int LONGEST_LINE = 2_000;

    /** So much is looked at beyond what is kept, so that the end of a password is not taken for its whole. */
    private static final int MARGIN = 1_000;

    private static final String HIDDEN = "$1***";

    /** {@code password=…} in a URL or in properties, {@code PASSWORD '…'} in SQL. */
    private static final Pattern PASSWORD = Pattern.compile(
            "(?i)((?:password|passwd|pwd|passphrase|secret)(?:\\s*[=:]\\s*|\\s+(?=')))(?:'[^']*+(?:''[^']*+)*+'?|\"[^\"]*\"?|[^\\s&;,'\")}\\]]+)");

    /** {@code ://user:…@host}. */
    private static final Pattern USER_INFO = Pattern.compile("(://[^\\s/:@]{0,200}:)[^\\s/]+@");

    private CleanText() {}

    /**
     * Cleans a text that may have lines.
     *
     * @param text a text
     * @param longest how many of its characters are kept; the rest is counted
     * @return the same text where nothing is wrong with it
     */
    public static String of(String text, int longest) {
        var seen = text.length() <= longest + MARGIN ? text : text.substring(0, longest + MARGIN);
        var safe = withoutSecrets(seen);
        if (text.length() <= longest) {
            return visible(safe, true);
        }
        var end = Math.min(longest, safe.length());
        if (Character.isHighSurrogate(safe.charAt(end - 1))) {
            end--;
        }
        return visible(safe.substring(0, end), true) + "… (" + (text.length() - end) + " more characters)";
    }

    /**
     * Cleans a text that is to be one line, such as a line of a log.
     *
     * @param text a text
     * @return the same text where nothing is wrong with it; breaks between lines are written as {@code \n}
     */
    public static String line(String text) {
        return visible(of(text, LONGEST_LINE), false);
    }

    private static String withoutSecrets(String text) {
        var found = PASSWORD.matcher(text).replaceAll(HIDDEN);
        return found.contains("://") ? USER_INFO.matcher(found).replaceAll(HIDDEN + "@") : found;
    }

    /** Line breaks and tabs are the form of a longer text; a lone surrogate is no character. */
    private static String visible(String text, boolean lines) {
        if (text.codePoints().noneMatch(point -> isUnsafe(point, lines))) {
            return text;
        }
        var visible = new StringBuilder(text.length() + 16);
        text.replace("\r\n", "\n").codePoints().forEach(point -> {
            if (isUnsafe(point, lines)) {
                visible.append(escape(point));
            } else {
                visible.appendCodePoint(point);
            }
        });
        return visible.toString();
    }

    private static boolean isUnsafe(int point, boolean lines) {
        if (lines && (point == '\n' || point == '\t')) {
            return false;
        }
        return switch (Character.getType(point)) {
            case Character.CONTROL, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR, Character.SURROGATE ->
                true;
            default -> isBidirectional(point);
        };
    }

    /** Turns the direction of what follows, so that a text reads as another one. */
    private static boolean isBidirectional(int point) {
        return (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
    }

    static String escape(int point) {
        return switch (point) {
            case 0 -> "\\0";
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            default -> point > 0xFFFF ? "\\U%08x".formatted(point) : "\\u%04x".formatted(point);
        };
    }
}

package dev.turnasync.cli;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;

/** Hides passwords in whatever is printed. Safe for use by many threads. */
final class Secrets {

    private static final String HIDDEN = "***";
    private static final Pattern PARAMETER = Pattern.compile("(?i)([?&;](?:ssl)?password=)[^&\\s\"'\\\\]+");
    private static final Pattern USER_INFO = Pattern.compile("(?i)([a-z]://[^\\s/@:\"']*):[^\\s\"']*@");

    private final List<Pattern> known = new CopyOnWriteArrayList<>();

    /** Remembers a password. Only the whole word is hidden later, so that a short one does not tear other words. */
    void add(String password) {
        if (!password.isBlank()) {
            known.add(Pattern.compile("(?<![\\p{L}\\p{N}_])" + Pattern.quote(password) + "(?![\\p{L}\\p{N}_])"));
        }
    }

    /** Hides the passwords of JDBC URLs. For text that comes out of the database too. */
    static String hideInUrls(String text) {
        var hidden = PARAMETER.matcher(text).replaceAll("$1" + HIDDEN);
        return USER_INFO.matcher(hidden).replaceAll("$1:" + HIDDEN + "@");
    }

    /** Hides passwords in URLs and every password that this run knows. For errors and logs. */
    String hide(String text) {
        var hidden = hideInUrls(text);
        for (var password : known) {
            hidden = password.matcher(hidden).replaceAll(HIDDEN);
        }
        return hidden;
    }
}

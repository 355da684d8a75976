package dev.turnasync.jdbc;

import java.nio.charset.Charset;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;

/**
 * The encoding in which a database stores text. The driver always sends UTF-8; the server refuses what its own encoding lacks (SQLSTATE 22P05).
 * Each encoding here was compared with the server's own conversion, character by character. Others, and SQL_ASCII, which converts nothing,
 * are taken for ASCII.
 */
final class ServerEncoding {

    private static final String UTF8 = "UTF8";

    /** PostgreSQL's names where they do not follow from Java's. */
    private static final Map<String, String> NAMES = Map.ofEntries(
            Map.entry("LATIN1", "ISO-8859-1"),
            Map.entry("LATIN2", "ISO-8859-2"),
            Map.entry("LATIN3", "ISO-8859-3"),
            Map.entry("LATIN4", "ISO-8859-4"),
            Map.entry("LATIN5", "ISO-8859-9"),
            Map.entry("LATIN7", "ISO-8859-13"),
            Map.entry("LATIN9", "ISO-8859-15"),
            Map.entry("LATIN10", "ISO-8859-16"),
            Map.entry("ISO_8859_5", "ISO-8859-5"),
            Map.entry("ISO_8859_6", "ISO-8859-6"),
            Map.entry("ISO_8859_7", "ISO-8859-7"),
            Map.entry("ISO_8859_8", "ISO-8859-8"),
            Map.entry("WIN866", "IBM866"),
            Map.entry("WIN874", "x-windows-874"),
            Map.entry("KOI8R", "KOI8-R"),
            Map.entry("KOI8U", "KOI8-U"),
            Map.entry("EUC_JP", "EUC-JP"),
            Map.entry("EUC_CN", "GB2312"),
            Map.entry("EUC_KR", "EUC-KR"));

    /** What Java's EUC-JP has and PostgreSQL's EUC_JP lacks. */
    private static final String NOT_IN_EUC_JP = "\u00a2\u00a3\u00a5\u00ac\u2014\u2016\u203e\u2212\u301c";

    private final String name;

    private ServerEncoding(String name) {
        this.name = name;
    }

    static ServerEncoding of(Connection connection) throws SQLException {
        return new ServerEncoding(PostgresDriver.encoding(connection));
    }

    static ServerEncoding named(String name) {
        return new ServerEncoding(name);
    }

    /** Writes each character that cannot be stored as an escape such as {@code \u65e5}, and an ellipsis as three dots. */
    String fit(String text) {
        if (name.equals(UTF8) || text.chars().allMatch(c -> c < 0x80)) {
            return text;
        }
        var encoder = charset().newEncoder();
        var fitting = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(point -> {
            if (has(encoder, point)) {
                fitting.appendCodePoint(point);
            } else {
                fitting.append(point == '\u2026' ? "..." : CleanText.escape(point));
            }
        });
        return fitting.toString();
    }

    private boolean has(CharsetEncoder encoder, int point) {
        if (point < 0x80) {
            return true;
        }
        var lacking = name.equals("EUC_JP") && NOT_IN_EUC_JP.indexOf(point) >= 0;
        return !lacking && encoder.canEncode(Character.toString(point));
    }

    private Charset charset() {
        return Optional.ofNullable(NAMES.get(name))
                .or(() -> Optional.of(name)
                        .filter(each -> each.matches("WIN125[0-8]"))
                        .map(each -> each.replace("WIN", "windows-")))
                .filter(Charset::isSupported)
                .map(Charset::forName)
                .orElse(StandardCharsets.US_ASCII);
    }
}

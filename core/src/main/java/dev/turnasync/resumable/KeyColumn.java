package dev.turnasync.resumable;

import dev.turnasync.jdbc.QueueName;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * One column of a key.
 *
 * @param plain its name, unquoted
 * @param type what makes an SQL expression comparable with it: its type, the base type of a domain, and its collation
 * @param nullable whether it may be NULL
 * @param generated whether other columns make its value
 * @param facts what its order relies on, by name
 */
record KeyColumn(String plain, String type, boolean nullable, boolean generated, Map<String, String> facts) {

    /** The name for SQL. */
    String name() {
        return QueueName.quote(plain);
    }

    KeyColumn orderedBy(String family) {
        var more = new LinkedHashMap<>(facts);
        more.put("the operator family of \"" + plain + "\"", family);
        return new KeyColumn(plain, type, nullable, generated, more);
    }

    /** Finds the column's name in SQL. */
    Pattern named() {
        return Pattern.compile(
                "(?<![\\p{L}\\p{N}_$])" + Pattern.quote(plain.replace("\"", "\"\"")) + "(?![\\p{L}\\p{N}_$])",
                Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
    }
}

package dev.turnasync.resumable;

import java.util.ArrayList;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The name of a table or an index as an author writes it: {@code orders}, {@code shop.orders}, and in double quotes where a
 * part has a dot in it. It is taken as written, upper and lower case included.
 *
 * @param schema the schema, unquoted; null for the first one of the search path that has such a name
 * @param name the name, unquoted
 */
record QualifiedName(@Nullable String schema, String name) {

    private static final Pattern PART = Pattern.compile("\\G(?:\"((?:[^\"]|\"\")+)\"|([^\".][^.]*))(\\.|\\z)");

    static QualifiedName parse(String written) {
        var parts = new ArrayList<String>();
        var matcher = PART.matcher(written);
        var end = 0;
        while (end < written.length() && matcher.find()) {
            var quoted = matcher.group(1);
            parts.add(quoted == null ? matcher.group(2) : quoted.replace("\"\"", "\""));
            end = matcher.end();
        }
        if (parts.isEmpty() || parts.size() > 2 || end < written.length() || written.endsWith(".")) {
            throw new IllegalArgumentException("\"" + written + "\" is no name of a table or index. Write name or"
                    + " schema.name, with a part in double quotes when there is a dot in it.");
        }
        return parts.size() == 1
                ? new QualifiedName(null, parts.get(0))
                : new QualifiedName(parts.get(0), parts.get(1));
    }

    /** The name for SQL. */
    String sql() {
        return schema == null ? Identifiers.quote(name) : Identifiers.quote(schema) + "." + Identifiers.quote(name);
    }

    @Override
    public String toString() {
        return schema == null ? name : schema + "." + name;
    }
}

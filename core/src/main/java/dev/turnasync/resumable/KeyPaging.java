package dev.turnasync.resumable;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.jdbc.Jdbc;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Pages in the order of a unique key (keyset paging). A page ends at the key of its last row, so it never holds more rows than
 * asked but for those inserted meanwhile, whatever gaps the key has.
 */
final class KeyPaging implements Paging {

    /** How many rows are drawn to find where slices begin. */
    private static final int SAMPLE = 10_000;

    private final TargetTable table;
    private final List<KeyColumn> columns;
    private final KeyTypes types;

    KeyPaging(TargetTable table, List<KeyColumn> columns, KeyTypes types) {
        this.table = table;
        this.columns = columns;
        this.types = types;
    }

    @Override
    public Page next(Connection connection, Rest rest, long size) throws SQLException {
        var range = range(rest);
        // Inside, since PostgreSQL also computes what is selected for each row that OFFSET skips.
        var bound = cursor(
                connection,
                "SELECT " + selected() + " FROM (SELECT " + names("") + " FROM " + table.name() + " WHERE " + range
                        + " ORDER BY " + names("") + " OFFSET " + (size - 1) + " LIMIT 1) AS bound");
        if (bound.isPresent()) {
            return new Page(rest.after(), bound.get(), size, false);
        }
        var rows = Jdbc.first(
                connection,
                "SELECT count(*) FROM (SELECT 1 FROM " + table.name() + " WHERE " + range + " LIMIT " + size
                        + ") AS rest",
                row -> row.getLong(1));
        return new Page(rest.after(), rest.end(), rows.orElse(0L), true);
    }

    private String range(Rest rest) {
        return condition(new Page(rest.after(), rest.end(), 0, false), "");
    }

    @Override
    public String condition(Page page, String alias) {
        var parts = new ArrayList<String>();
        if (page.after() != null) {
            parts.add(row(alias) + " " + page.after().operatorBehind() + " "
                    + page.after().literal());
        }
        parts.add(row(alias) + " <= " + page.upTo().literal());
        return String.join(" AND ", parts);
    }

    @Override
    public Cursor read(Connection connection, String json) throws SQLException {
        var key = IntStream.range(0, columns.size())
                .mapToObj(n -> "quote_literal(CAST(? AS jsonb) ->> " + n + ")")
                .collect(Collectors.joining(", "));
        var arguments = columns.stream().map(column -> json).toArray();
        return Jdbc.first(connection, "SELECT " + key, row -> new Cursor(json, literal(row, 1), false), arguments)
                .orElseThrow();
    }

    @Override
    public List<Cursor> split(Connection connection, int parts) throws SQLException {
        var percent = Math.min(100, 100.0 * SAMPLE / Math.max(1, table.estimate(connection)));
        return Jdbc.list(
                connection,
                "SELECT DISTINCT ON (turnasync_part) " + selected() + " FROM (SELECT " + names("") + ", ntile(" + parts
                        + ") OVER (ORDER BY " + names("") + ") AS turnasync_part FROM " + table.name()
                        + " TABLESAMPLE SYSTEM ("
                        + BigDecimal.valueOf(percent).toPlainString() + ")) AS sample WHERE turnasync_part < " + parts
                        + " ORDER BY turnasync_part, " + down(),
                this::cursor);
    }

    @Override
    public Optional<Cursor> end(Connection connection) throws SQLException {
        var placed = columns.stream()
                .filter(KeyColumn::nullable)
                .map(column -> column.name() + " IS NOT NULL")
                .collect(Collectors.joining(" AND "));
        return cursor(
                connection,
                "SELECT " + selected() + " FROM (SELECT " + names("") + " FROM " + table.name()
                        + (placed.isEmpty() ? "" : " WHERE " + placed) + " ORDER BY " + down()
                        + " LIMIT 1) AS turnasync_end");
    }

    @Override
    public Optional<Cursor> firstMatch(Connection connection, String where) throws SQLException {
        return cursor(
                        connection,
                        "SELECT " + selected() + " FROM " + table.name() + " WHERE (" + where + "\n) ORDER BY "
                                + names("") + " LIMIT 1")
                .map(Cursor::asBefore);
    }

    /** Returns the first keys of rows that match a condition. */
    List<Cursor> first(Connection connection, String condition, int most) throws SQLException {
        return Jdbc.list(
                connection,
                "SELECT " + selected() + " FROM " + table.name() + " WHERE " + condition + order() + " LIMIT " + most,
                this::cursor);
    }

    /** Returns those of some keys, as JSON, that rows have. */
    Set<String> present(Connection connection, Collection<Cursor> keys) throws SQLException {
        if (keys.isEmpty()) {
            return Set.of();
        }
        var all = List.copyOf(keys);
        var numbered = IntStream.range(0, all.size())
                .mapToObj(n -> "(" + n + ", " + all.get(n).literal().substring(1))
                .collect(Collectors.joining(", "));
        var sought = IntStream.range(0, columns.size()).mapToObj(n -> "k" + n).collect(Collectors.joining(", "));
        return new HashSet<>(Jdbc.list(
                connection,
                "SELECT n FROM (VALUES " + numbered + ") AS turnasync_keys (n, " + sought
                        + ") WHERE EXISTS (SELECT FROM " + table.name() + " AS turnasync_row WHERE "
                        + row("turnasync_row.") + " = (" + sought.replace("k", "turnasync_keys.k") + "))",
                row -> all.get(row.getInt(1)).json()));
    }

    @Override
    public String describe() {
        return "(" + names("") + ")";
    }

    @Override
    public String last(Page page) {
        return "the row " + describe() + " = " + page.upTo().literal();
    }

    @Override
    public String order() {
        return " ORDER BY " + names("");
    }

    @Override
    public void requireAllPlaced(Connection connection) throws SQLException {
        var nulls = columns.stream()
                .filter(KeyColumn::nullable)
                .map(column -> column.name() + " IS NULL")
                .collect(Collectors.joining(" OR "));
        if (!nulls.isEmpty()
                && Jdbc.first(connection, "SELECT 1 FROM " + table.name() + " WHERE " + nulls + " LIMIT 1", row -> true)
                        .isPresent()) {
            throw new AsyncMigrationException.Permanent(
                    "rows of " + table.name() + " have NULL in the key " + describe()
                            + ", so a backfill would leave them out. Fill them, or choose another key by keyedBy(…).");
        }
    }

    @Override
    public Map<String, String> facts() {
        var facts = new LinkedHashMap<String, String>();
        columns.forEach(column -> facts.putAll(column.facts()));
        facts.putAll(types.facts());
        return facts;
    }

    @Override
    public List<String> key() {
        return columns.stream().map(KeyColumn::plain).toList();
    }

    @Override
    public String types() {
        return types.oids();
    }

    /** Tells whether an update may change the key without naming it. */
    boolean isGenerated() {
        return columns.stream().anyMatch(KeyColumn::generated);
    }

    /** Tells whether SQL names a column of the key; a name that is written in another form counts as any. */
    boolean isNamedIn(String sql) {
        return sql.toLowerCase(Locale.ROOT).contains("u&\"")
                || columns.stream()
                        .anyMatch(column -> column.named().matcher(sql).find());
    }

    private Optional<Cursor> cursor(Connection connection, String sql) throws SQLException {
        return Jdbc.first(connection, sql, this::cursor);
    }

    /** A key that changes on its way to text and back would leave rows out, or be found again and again. */
    private Cursor cursor(ResultSet row) throws SQLException {
        var cursor = new Cursor(row.getString(1), literal(row, 2), false);
        if (!row.getBoolean(columns.size() + 2)) {
            throw new AsyncMigrationException.Permanent("the key " + describe() + " = " + cursor.literal() + " of "
                    + table.name() + " does not survive being written and read. Choose another by keyedBy(…).");
        }
        return cursor;
    }

    /** The key as JSON, then each of its columns as a literal, then whether it survives that. */
    private String selected() {
        return "jsonb_build_array("
                + columns.stream().map(column -> column.name() + "::text").collect(Collectors.joining(", "))
                + ")::text, "
                + columns.stream()
                        .map(column -> "quote_literal(" + column.name() + "::text)")
                        .collect(Collectors.joining(", "))
                + ", "
                + columns.stream()
                        .map(column -> column.name() + " = " + column.name() + "::text::" + column.type())
                        .collect(Collectors.joining(" AND "));
    }

    private String literal(ResultSet row, int first) throws SQLException {
        var values = new ArrayList<String>();
        for (var n = 0; n < columns.size(); n++) {
            values.add(row.getString(first + n) + "::" + columns.get(n).type());
        }
        return "(" + String.join(", ", values) + ")";
    }

    private String down() {
        return columns.stream().map(column -> column.name() + " DESC").collect(Collectors.joining(", "));
    }

    private String row(String alias) {
        return "(" + names(alias) + ")";
    }

    private String names(String alias) {
        return columns.stream().map(column -> alias + column.name()).collect(Collectors.joining(", "));
    }
}

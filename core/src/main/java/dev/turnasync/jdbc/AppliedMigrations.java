package dev.turnasync.jdbc;

import dev.turnasync.spi.NewEntry;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What Flyway's history lists as applied.
 *
 * @param rows one row for each migration, the newest; in the order in which they were applied
 */
record AppliedMigrations(List<Row> rows) {

    /** The newest history row of a migration. */
    record Row(String key, @Nullable Integer checksum, boolean applied) {}

    /** Reads what the history says of some migrations. */
    static AppliedMigrations read(Connection connection, OperatorSql sql, Collection<String> some) throws SQLException {
        var keys =
                some.stream().flatMap(key -> EntryKeys.spellings(key).stream()).toArray(String[]::new);
        return new AppliedMigrations(Jdbc.list(
                connection,
                sql.applied(),
                row -> new Row(
                        row.getString("key"), row.getObject("checksum", Integer.class), row.getBoolean("applied")),
                (Object) keys));
    }

    /** Returns those that are applied, in the order in which they were. */
    List<NewEntry> among(List<NewEntry> known) {
        return rows.stream()
                .filter(Row::applied)
                .flatMap(row -> known.stream().filter(one -> same(row, one)))
                .distinct()
                .toList();
    }

    boolean contains(NewEntry known) {
        return rows.stream().anyMatch(row -> row.applied() && same(row, known));
    }

    private static boolean same(Row row, NewEntry known) {
        return EntryKeys.same(row.key(), known.key())
                && (known.version() != null || Objects.equals(row.checksum(), known.checksum()));
    }

    boolean contains(String key) {
        return rows.stream().anyMatch(row -> row.applied() && EntryKeys.same(row.key(), key));
    }
}

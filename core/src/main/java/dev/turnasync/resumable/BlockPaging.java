package dev.turnasync.resumable;

import dev.turnasync.jdbc.Jdbc;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Pages by the blocks of the table's file, for tables without a unique key. An update moves a row, perhaps to a block that was
 * done before or to one that is still to come; so it serves only changes after which a row no longer matches, repeated until no
 * row does.
 */
final class BlockPaging implements Paging {

    private final TargetTable table;

    BlockPaging(TargetTable table) {
        this.table = table;
    }

    @Override
    public Page next(Connection connection, Rest rest, long size) throws SQLException {
        var end = block(rest.end());
        var from = block(rest.after());
        var density = Math.max(1, table.estimate(connection) / Math.max(1, table.blocks(connection)));
        var to = Math.min(end, from + (size + density - 1) / density);
        return new Page(rest.after(), at(to), Math.max(0, to - from) * density, to >= end);
    }

    @Override
    public String condition(Page page, String alias) {
        return alias + "ctid >= '(" + block(page.after()) + ",0)'::tid AND " + alias + "ctid < '(" + block(page.upTo())
                + ",0)'::tid";
    }

    @Override
    public Cursor read(Connection connection, String json) {
        return new Cursor(json, json, false);
    }

    @Override
    public List<Cursor> split(Connection connection, int parts) throws SQLException {
        var blocks = table.blocks(connection);
        var ends = new ArrayList<Cursor>();
        for (var part = 1; part < parts && blocks >= parts; part++) {
            ends.add(at(blocks * part / parts));
        }
        return ends;
    }

    @Override
    public Optional<Cursor> end(Connection connection) throws SQLException {
        return Optional.of(table.blocks(connection))
                .filter(blocks -> blocks > 0)
                .map(BlockPaging::at);
    }

    @Override
    public Optional<Cursor> firstMatch(Connection connection, String where) throws SQLException {
        return Jdbc.first(
                        connection,
                        "SELECT ctid::text FROM " + table.name() + " WHERE (" + where + "\n) LIMIT 1",
                        row -> row.getString(1))
                .map(ctid -> at(Long.parseLong(ctid.substring(1, ctid.indexOf(',')))));
    }

    @Override
    public Map<String, String> facts() {
        return Map.of();
    }

    @Override
    public List<String> key() {
        return List.of();
    }

    @Override
    public String types() {
        return "{}";
    }

    @Override
    public String describe() {
        return "(ctid)";
    }

    @Override
    public String last(Page page) {
        var last = block(page.upTo()) - 1;
        return "one of the rows of block " + last + " (ctid '(" + last + ",1)' and on)";
    }

    @Override
    public String order() {
        return "";
    }

    @Override
    public void requireAllPlaced(Connection connection) {
        // every row has a block
    }

    private static Cursor at(long block) {
        return new Cursor(Long.toString(block), Long.toString(block), false);
    }

    private static long block(@Nullable Cursor cursor) {
        return cursor == null ? 0 : Long.parseLong(cursor.json());
    }
}

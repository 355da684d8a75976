package dev.turnasync.resumable;

import dev.turnasync.api.AsyncMigrationException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a table that one pass of a backfill goes over, as a checkpoint keeps them: an attempt with another number of sessions
 * works on the same parts.
 *
 * @param pass the pass, from 1
 * @param of which table and key they are cut from
 * @param start where the pass begins; null for the start of the table
 * @param ends where all parts but the last end
 */
record Slices(int pass, String of, @Nullable Cursor start, List<Cursor> ends) {

    private static final String NONE = "-";

    /**
     * One part.
     *
     * @param key the name of its checkpoint
     * @param at how far it is
     * @param end where it ends; null for the end of the table
     */
    record Slice(String key, Position at, @Nullable Cursor end) {}

    String text() {
        var lines = new ArrayList<String>();
        lines.add(Integer.toString(pass));
        lines.add(of.replace('\n', ' '));
        lines.add(start == null ? NONE : start.json());
        ends.forEach(end -> lines.add(end.json()));
        return String.join("\n", lines);
    }

    static Slices parse(Connection connection, Paging paging, String text) throws SQLException {
        var lines = text.split("\n", -1);
        var ends = new ArrayList<Cursor>();
        for (var n = 3; n < lines.length; n++) {
            ends.add(paging.read(connection, lines[n]));
        }
        var start =
                lines[2].equals(NONE) ? null : paging.read(connection, lines[2]).asBefore();
        return new Slices(Integer.parseInt(lines[0]), lines[1], start, ends);
    }

    /** Fails when an earlier attempt walked another table, or in another order, under the same name. */
    void requireOf(String now, String name) {
        if (!Objects.equals(of, now.replace('\n', ' '))) {
            throw new AsyncMigrationException.Permanent("the backfill \"" + name + "\" began over " + of
                    + " and is now over " + now + ". Restore it, or give the new one another name by named(…).");
        }
    }

    /** Returns the parts with how far they are. */
    List<Slice> all(Connection connection, Paging paging, Checkpoints checkpoints) throws SQLException {
        var slices = new ArrayList<Slice>();
        for (var n = 0; n <= ends.size(); n++) {
            var key = checkpoints.sliceKey(pass, n);
            var stored = checkpoints.read(key);
            slices.add(new Slice(
                    key,
                    stored == null
                            ? Position.start(n == 0 ? start : ends.get(n - 1))
                            : Position.parse(connection, paging, stored),
                    n == ends.size() ? null : ends.get(n)));
        }
        return slices;
    }
}

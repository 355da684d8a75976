package dev.turnasync.resumable;

import dev.turnasync.api.AsyncMigrationException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a table that one pass of a backfill goes over, as a checkpoint keeps them: an attempt with another number of sessions
 * works on the same parts. The last one ends where the table ended when the pass began.
 *
 * @param pass the pass, from 1
 * @param order the order in which the places below mean something
 * @param statement what is done with the rows
 * @param start before which key the pass begins, as JSON; null for the start of the table
 * @param ends where the parts end, as JSON; none when the table was empty
 */
record Slices(
        int pass,
        WalkOrder order,
        Statement statement,
        @Nullable String start,
        List<String> ends) {

    /** Whatever else makes the meaning of a plan must be part of it; then this number rises. */
    private static final List<String> HEAD = List.of("turnasync backfill", "1");

    private static final String PASS = "pass";
    private static final String START = "start";
    private static final String END = "end";

    /**
     * One part.
     *
     * @param key the name of its checkpoint
     * @param at how far it is
     * @param end where it ends
     * @param walkEnd where the whole pass ends
     * @param sole whether the pass has no other
     */
    record Slice(String key, Position at, Cursor end, Cursor walkEnd, boolean sole) {}

    String text() {
        var lines = new ArrayList<List<String>>();
        lines.add(HEAD);
        lines.add(List.of(PASS, Integer.toString(pass)));
        lines.addAll(order.lines());
        lines.add(statement.line());
        if (start != null) {
            lines.add(List.of(START, start));
        }
        ends.forEach(end -> lines.add(List.of(END, end)));
        return Lines.write(lines);
    }

    /** Reads what {@link #text} wrote, and nothing else. */
    static Slices parse(String text, String name) {
        var lines = Lines.read(text);
        if (!lines.get(0).equals(HEAD)) {
            throw new AsyncMigrationException.Permanent("the plan of the backfill \"" + name
                    + "\" was stored by another version of TurnAsync, which this one cannot read. Let that version finish it, or"
                    + " begin again by retry --from-start.");
        }
        return new Slices(
                Integer.parseInt(all(PASS, lines).get(0)),
                WalkOrder.parse(lines),
                Statement.parse(lines),
                all(START, lines).stream().findFirst().orElse(null),
                all(END, lines));
    }

    private static List<String> all(String kind, List<List<String>> lines) {
        return lines.stream()
                .filter(line -> line.get(0).equals(kind))
                .map(line -> line.get(1))
                .toList();
    }

    Slices with(Statement other) {
        return new Slices(pass, order, other, start, ends);
    }

    /** Returns the parts with how far they are. */
    List<Slice> all(Connection connection, Paging paging, Checkpoints checkpoints) throws SQLException {
        var places = new ArrayList<Cursor>();
        for (var end : ends) {
            places.add(paging.read(connection, end));
        }
        var slices = new ArrayList<Slice>();
        var from = start == null ? null : paging.read(connection, start).asBefore();
        for (var end : places) {
            var key = checkpoints.sliceKey(pass, slices.size());
            var stored = checkpoints.read(key);
            var at = stored == null ? Position.start(from) : Position.parse(connection, paging, stored);
            slices.add(new Slice(key, at, end, places.get(places.size() - 1), places.size() == 1));
            from = end;
        }
        return slices;
    }
}

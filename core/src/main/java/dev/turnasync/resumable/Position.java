package dev.turnasync.resumable;

import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * How far a slice is: what its checkpoint says.
 *
 * @param done rows passed
 * @param changed rows changed
 * @param finished whether nothing is left of it
 * @param after the last row passed; null at the beginning
 */
record Position(
        long done, long changed, boolean finished, @Nullable Cursor after) {

    private static final String RUNNING = "running";
    private static final String FINISHED = "finished";

    static Position start(@Nullable Cursor after) {
        return new Position(0, 0, false, after);
    }

    Position behind(Page page, long rows) {
        return new Position(done + page.rows(), changed + rows, page.last(), page.last() ? null : page.upTo());
    }

    String text() {
        return done + " " + changed + " " + (finished ? FINISHED : RUNNING) + (after == null ? "" : " " + after.json());
    }

    static Position parse(Connection connection, Paging paging, String text) throws SQLException {
        var parts = text.split(" ", 4);
        return new Position(
                Long.parseLong(parts[0]),
                Long.parseLong(parts[1]),
                parts[2].equals(FINISHED),
                parts.length < 4 ? null : paging.read(connection, parts[3]));
    }
}

package dev.turnasync.benchmarks.backfill;

import dev.turnasync.benchmarks.backfill.Server.Database;
import dev.turnasync.benchmarks.backfill.Ways.Took;
import dev.turnasync.jdbc.Jdbc;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/**
 * What a backfill with batches of one size does, without queue, fence, checkpoint, timeouts and watching: find where the batch ends,
 * update it, commit. Its two statements are those of {@code KeyPaging} and {@code SqlChange}.
 */
record BareLoop(int rows) {

    Took fill(Database database) throws SQLException {
        try (var connection = database.pool().getConnection()) {
            var start = System.nanoTime();
            connection.setAutoCommit(false);
            var after = Optional.<String>empty();
            var open = true;
            while (open) {
                var end = end(connection, after);
                update(connection, after, end);
                connection.commit();
                after = end;
                open = end.isPresent();
            }
            connection.setAutoCommit(true);
            return Took.since(start);
        }
    }

    private Optional<String> end(Connection connection, Optional<String> after) throws SQLException {
        return Jdbc.first(
                connection,
                "SELECT jsonb_build_array(id::text)::text, quote_literal(id::text) FROM (SELECT id FROM people WHERE "
                        + behind(after) + " ORDER BY id OFFSET " + (rows - 1) + " LIMIT 1) AS bound",
                row -> row.getString(2));
    }

    private static void update(Connection connection, Optional<String> after, Optional<String> end)
            throws SQLException {
        Jdbc.update(
                connection,
                "UPDATE people SET " + FillDomain.SET + " WHERE " + behind(after)
                        + end.map(key -> " AND (id) <= (" + key + "::bigint)").orElse("") + " AND (" + FillDomain.WHERE
                        + ")");
    }

    private static String behind(Optional<String> after) {
        return after.map(key -> "(id) > (" + key + "::bigint)").orElse("TRUE");
    }
}

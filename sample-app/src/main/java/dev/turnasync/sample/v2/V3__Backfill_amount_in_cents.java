package dev.turnasync.sample.v2;

import dev.turnasync.api.Async;
import dev.turnasync.flyway.AsyncContext;
import dev.turnasync.flyway.AsyncJavaMigration;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.OptionalLong;

/**
 * Fills a new column in batches. Each batch and its checkpoint commit together, so after a crash or a restart the next attempt
 * goes on behind the last batch, and the shop never waits for more than one batch.
 */
@Async
public final class V3__Backfill_amount_in_cents extends AsyncJavaMigration {

    private static final int BATCH = 20_000;

    /** Called by TurnAsync. */
    public V3__Backfill_amount_in_cents() {}

    @Override
    public boolean canExecuteInTransaction() {
        return false; // commits batch by batch
    }

    @Override
    public void migrate(AsyncContext context) throws Exception {
        var end = lastOrder(context.getConnection());
        var done = context.checkpoint().map(Long::parseLong).orElse(0L);
        while (done < end) {
            var after = done;
            done = context.inTransaction(transaction -> {
                var last = endOfBatch(transaction.connection(), after).orElse(end);
                fill(transaction.connection(), after, last);
                transaction.checkpoint(Long.toString(last));
                return last;
            });
            context.progress(done, end);
        }
    }

    private static long lastOrder(Connection connection) throws SQLException {
        try (var statement = connection.prepareStatement("SELECT coalesce(max(id), 0) FROM orders");
                var result = statement.executeQuery()) {
            result.next();
            return result.getLong(1);
        }
    }

    /** Pages by key, so that gaps between the ids make no batch smaller. Empty when less than a batch is left. */
    private static OptionalLong endOfBatch(Connection connection, long after) throws SQLException {
        try (var statement =
                connection.prepareStatement("SELECT id FROM orders WHERE id > ? ORDER BY id OFFSET ? LIMIT 1")) {
            statement.setLong(1, after);
            statement.setInt(2, BATCH - 1);
            try (var result = statement.executeQuery()) {
                return result.next() ? OptionalLong.of(result.getLong(1)) : OptionalLong.empty();
            }
        }
    }

    private static void fill(Connection connection, long after, long last) throws SQLException {
        try (var statement = connection.prepareStatement(
                "UPDATE orders SET amount_cents = amount * 100 WHERE id > ? AND id <= ? AND amount_cents IS NULL")) {
            statement.setLong(1, after);
            statement.setLong(2, last);
            statement.executeUpdate();
        }
    }
}

package dev.turnasync.docs.snippets;

import dev.turnasync.api.Async;
import dev.turnasync.flyway.AsyncContext;
import dev.turnasync.flyway.AsyncJavaMigration;

// tag::backfill[]
@Async(maxAttempts = 10)
public class V8__Backfill_order_totals extends AsyncJavaMigration {

    @Override
    public boolean canExecuteInTransaction() {
        return false; // it commits in pieces
    }

    @Override
    public void migrate(AsyncContext context) throws Exception {
        var last = context.checkpoint().map(Long::parseLong).orElse(0L);
        while (last < 1_000_000) {
            var from = last;
            last = context.inTransaction(tx -> {
                var to = from + 10_000;
                try (var update = tx.connection()
                        .prepareStatement("UPDATE orders SET total = price * amount WHERE id > ? AND id <= ?")) {
                    update.setLong(1, from);
                    update.setLong(2, to);
                    update.executeUpdate();
                }
                tx.checkpoint(Long.toString(to)); // commits together with the update, or not at all
                return to;
            });
            context.progress(last, 1_000_000);
        }
    }
}
// end::backfill[]

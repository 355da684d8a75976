package dev.turnasync.docs.snippets;

import dev.turnasync.api.Async;
import dev.turnasync.flyway.AsyncJavaMigration;
import dev.turnasync.resumable.AsyncContext;

// tag::backfill[]
@Async(maxAttempts = 10)
public class V8__Backfill_order_totals extends AsyncJavaMigration {

    @Override
    public boolean canExecuteInTransaction() {
        return false; // it commits in pieces
    }

    @Override
    public void migrate(AsyncContext context) throws Exception {
        context.backfill()
                .over("orders")
                .set("total = price * amount")
                .where("total IS NULL")
                .run();
    }
}
// end::backfill[]

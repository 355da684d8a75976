package dev.turnasync.sample.v2;

import dev.turnasync.api.Async;
import dev.turnasync.flyway.AsyncJavaMigration;
import dev.turnasync.resumable.AsyncContext;
import java.time.Duration;

/**
 * Fills a new column in batches. Each batch and its checkpoint commit together, so after a crash or a restart the next attempt
 * goes on behind the last batch, and the shop never waits for more than one batch.
 */
@Async
public final class V3__Backfill_amount_in_cents extends AsyncJavaMigration {

    /** Called by TurnAsync. */
    public V3__Backfill_amount_in_cents() {}

    @Override
    public boolean canExecuteInTransaction() {
        return false; // commits batch by batch
    }

    @Override
    public void migrate(AsyncContext context) throws Exception {
        context.backfill()
                .over("orders")
                .set("amount_cents = amount * 100")
                .where("amount_cents IS NULL")
                .target(Duration.ofMillis(100)) // the shop is open: short batches
                .verify("every order has cents", "SELECT NOT EXISTS (SELECT FROM orders WHERE amount_cents IS NULL)")
                .run();
    }
}

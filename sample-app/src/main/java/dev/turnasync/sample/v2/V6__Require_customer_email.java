package dev.turnasync.sample.v2;

import dev.turnasync.api.Async;
import org.flywaydb.core.api.migration.BaseJavaMigration;
import org.flywaydb.core.api.migration.Context;

/**
 * Needs the table for itself, for a moment. When somebody holds it, all of the shop would queue up behind this migration; so it
 * gives up soon, and the queue tries again later. It commits together with its entry's SUCCEEDED: exactly once.
 */
@Async(maxAttempts = 10)
public final class V6__Require_customer_email extends BaseJavaMigration {

    /** Called by TurnAsync. */
    public V6__Require_customer_email() {}

    @Override
    public void migrate(Context context) throws Exception {
        try (var statement = context.getConnection().createStatement()) {
            statement.execute("SET LOCAL lock_timeout = '1s'");
            statement.execute("ALTER TABLE customers ALTER COLUMN email SET NOT NULL");
        }
    }
}

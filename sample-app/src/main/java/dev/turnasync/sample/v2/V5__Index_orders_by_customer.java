package dev.turnasync.sample.v2;

import dev.turnasync.api.Async;
import org.flywaydb.core.api.migration.BaseJavaMigration;
import org.flywaydb.core.api.migration.Context;

/** Builds an index while the shop goes on writing. Not transactional, so it must bear to be repeated after a crash. */
@Async
public final class V5__Index_orders_by_customer extends BaseJavaMigration {

    /** Called by TurnAsync. */
    public V5__Index_orders_by_customer() {}

    @Override
    public boolean canExecuteInTransaction() {
        return false; // CREATE INDEX CONCURRENTLY refuses to run in one
    }

    @Override
    public void migrate(Context context) throws Exception {
        try (var statement = context.getConnection().createStatement()) {
            // A build that was cut off leaves an invalid index behind.
            statement.execute("DROP INDEX CONCURRENTLY IF EXISTS orders_customer_id");
            statement.execute("CREATE INDEX CONCURRENTLY orders_customer_id ON orders (customer_id)");
        }
    }
}

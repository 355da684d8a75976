package dev.turnasync.sample.mistakes;

import dev.turnasync.api.Async;
import org.flywaydb.core.api.migration.BaseJavaMigration;
import org.flywaydb.core.api.migration.Context;

/** Nothing is wrong with this one, but it waits until those before it are done. */
@Async
public final class V3__Index_orders_by_day extends BaseJavaMigration {

    /** Called by TurnAsync. */
    public V3__Index_orders_by_day() {}

    @Override
    public boolean canExecuteInTransaction() {
        return false; // CREATE INDEX CONCURRENTLY refuses to run in one
    }

    @Override
    public void migrate(Context context) throws Exception {
        try (var statement = context.getConnection().createStatement()) {
            // A build that was cut off leaves an invalid index behind.
            statement.execute("DROP INDEX CONCURRENTLY IF EXISTS orders_placed_on");
            statement.execute("CREATE INDEX CONCURRENTLY orders_placed_on ON orders (placed_on)");
        }
    }
}

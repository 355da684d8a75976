package dev.turnasync.sample.mistakes;

import dev.turnasync.api.Async;
import org.flywaydb.core.api.migration.BaseJavaMigration;
import org.flywaydb.core.api.migration.Context;

/** Tells the planner about the new index. Repeating it does no harm. */
@Async
public final class V5__Analyze_orders extends BaseJavaMigration {

    /** Called by TurnAsync. */
    public V5__Analyze_orders() {}

    @Override
    public void migrate(Context context) throws Exception {
        try (var statement = context.getConnection().createStatement()) {
            statement.execute("ANALYZE orders");
        }
    }
}

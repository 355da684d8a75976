package dev.turnasync.sample.mistakes;

import dev.turnasync.api.Async;
import org.flywaydb.core.api.migration.BaseJavaMigration;
import org.flywaydb.core.api.migration.Context;

/** Adds a check in two steps, so that the long one, which reads every row, blocks nobody. One bad row fails it for good. */
@Async
public final class V2__Check_order_amounts extends BaseJavaMigration {

    /** Called by TurnAsync. */
    public V2__Check_order_amounts() {}

    @Override
    public boolean canExecuteInTransaction() {
        return false; // the first step must not keep its lock during the second
    }

    @Override
    public void migrate(Context context) throws Exception {
        try (var statement = context.getConnection().createStatement()) {
            statement.execute("""
                    ALTER TABLE orders
                        DROP CONSTRAINT IF EXISTS orders_amount_positive,
                        ADD CONSTRAINT orders_amount_positive CHECK (amount > 0) NOT VALID
                    """);
            statement.execute("ALTER TABLE orders VALIDATE CONSTRAINT orders_amount_positive");
        }
    }
}

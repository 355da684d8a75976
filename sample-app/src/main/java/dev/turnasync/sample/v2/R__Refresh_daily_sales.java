package dev.turnasync.sample.v2;

import dev.turnasync.api.Async;
import org.flywaydb.core.api.migration.BaseJavaMigration;
import org.flywaydb.core.api.migration.Context;

/** Computes the totals anew whenever their definition, and so the checksum, has changed. */
@Async
public final class R__Refresh_daily_sales extends BaseJavaMigration {

    private static final String TOTALS = """
            INSERT INTO daily_sales (day, orders, amount_cents)
            SELECT placed_on, count(*), sum(amount_cents)
            FROM orders
            GROUP BY placed_on
            """;

    /** Called by TurnAsync. */
    public R__Refresh_daily_sales() {}

    @Override
    public Integer getChecksum() {
        return TOTALS.hashCode();
    }

    @Override
    public void migrate(Context context) throws Exception {
        try (var statement = context.getConnection().createStatement()) {
            statement.execute("DELETE FROM daily_sales");
            statement.execute(TOTALS);
        }
    }
}

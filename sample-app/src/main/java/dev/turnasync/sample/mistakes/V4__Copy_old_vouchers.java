package dev.turnasync.sample.mistakes;

import dev.turnasync.api.Async;
import org.flywaydb.core.api.migration.BaseJavaMigration;
import org.flywaydb.core.api.migration.Context;

/** Copies a table that this shop never had: it fails for good, and is not needed here. */
@Async
public final class V4__Copy_old_vouchers extends BaseJavaMigration {

    /** Called by TurnAsync. */
    public V4__Copy_old_vouchers() {}

    @Override
    public void migrate(Context context) throws Exception {
        try (var statement = context.getConnection().createStatement()) {
            statement.execute("CREATE TABLE vouchers AS SELECT * FROM old_vouchers");
        }
    }
}

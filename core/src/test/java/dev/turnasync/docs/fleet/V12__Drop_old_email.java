package dev.turnasync.docs.fleet;

import dev.turnasync.api.RequiresAsync;
import org.flywaydb.core.api.migration.BaseJavaMigration;
import org.flywaydb.core.api.migration.Context;

// tag::requires[]
@RequiresAsync("7")
public class V12__Drop_old_email extends BaseJavaMigration {
    @Override
    public void migrate(Context context) throws Exception { // runs only when V7 has ended
        try (var statement = context.getConnection().createStatement()) {
            statement.execute("ALTER TABLE users DROP COLUMN old_email");
        }
    }
}
// end::requires[]

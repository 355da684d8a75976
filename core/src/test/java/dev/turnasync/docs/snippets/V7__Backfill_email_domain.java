package dev.turnasync.docs.snippets;

import dev.turnasync.api.Async;
import org.flywaydb.core.api.migration.BaseJavaMigration;
import org.flywaydb.core.api.migration.Context;

// tag::migration[]
@Async
public class V7__Backfill_email_domain extends BaseJavaMigration {
    @Override
    public void migrate(Context context) throws Exception { // not run by `flyway migrate`
        try (var statement = context.getConnection().createStatement()) {
            statement.executeUpdate("UPDATE users SET domain = split_part(email, '@', 2)");
        }
    }
}
// end::migration[]

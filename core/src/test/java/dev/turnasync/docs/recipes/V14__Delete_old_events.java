package dev.turnasync.docs.recipes;

import dev.turnasync.api.Async;
import dev.turnasync.flyway.AsyncJavaMigration;
import dev.turnasync.resumable.AsyncContext;

// tag::recipe[]
@Async
public class V14__Delete_old_events extends AsyncJavaMigration {

    @Override
    public boolean canExecuteInTransaction() {
        return false;
    }

    @Override
    public void migrate(AsyncContext context) throws Exception {
        context.backfill()
                .over("events")
                .where("happened_at < now() - interval '1 year'")
                .politeness(0.5) // rests half as long as it works
                .run(batch -> {
                    try (var delete = batch.connection().createStatement()) {
                        delete.executeUpdate("DELETE FROM events WHERE " + batch.condition());
                    }
                });
    }
}
// end::recipe[]

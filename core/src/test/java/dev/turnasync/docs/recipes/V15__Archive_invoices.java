package dev.turnasync.docs.recipes;

import dev.turnasync.api.Async;
import dev.turnasync.flyway.AsyncJavaMigration;
import dev.turnasync.resumable.AsyncContext;

// tag::recipe[]
@Async
public class V15__Archive_invoices extends AsyncJavaMigration {

    @Override
    public boolean canExecuteInTransaction() {
        return false;
    }

    @Override
    public void migrate(AsyncContext context) throws Exception {
        context.backfill()
                .over("invoices")
                .keyedBy("issued_on", "id") // an index begins with both, and id is unique
                .parallelism(2)
                .run(batch -> {
                    try (var insert = batch.connection().createStatement()) {
                        insert.executeUpdate("INSERT INTO archive.invoices SELECT i.* FROM invoices i WHERE "
                                + batch.range("i") + " ON CONFLICT (id) DO NOTHING");
                    }
                });
    }
}
// end::recipe[]

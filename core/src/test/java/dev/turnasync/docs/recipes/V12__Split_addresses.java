package dev.turnasync.docs.recipes;

import dev.turnasync.api.Async;
import dev.turnasync.flyway.AsyncJavaMigration;
import dev.turnasync.resumable.AsyncContext;
import dev.turnasync.resumable.Index;

// tag::recipe[]
@Async
public class V12__Split_addresses extends AsyncJavaMigration {

    @Override
    public boolean canExecuteInTransaction() {
        return false;
    }

    @Override
    public void migrate(AsyncContext context) throws Exception {
        context.ddl().run("""
                CREATE TABLE IF NOT EXISTS addresses (
                    customer_id bigint PRIMARY KEY REFERENCES customers (id) ON DELETE CASCADE,
                    street      text,
                    city        text
                )""");
        context.backfill().over("customers").run(batch -> {
            try (var insert = batch.connection().createStatement()) {
                insert.executeUpdate("INSERT INTO addresses SELECT c.id, c.street, c.city FROM customers c WHERE "
                        + batch.range("c") + " ON CONFLICT (customer_id) DO NOTHING");
            }
        });
        context.ddl()
                .createIndexConcurrently(
                        Index.named("addresses_city").on("addresses").columns("city"));
    }
}
// end::recipe[]

package dev.turnasync.docs.recipes;

import dev.turnasync.api.Async;
import dev.turnasync.flyway.AsyncJavaMigration;
import dev.turnasync.resumable.AsyncContext;

// tag::recipe[]
@Async
public class V11__Customers_domain extends AsyncJavaMigration {

    @Override
    public boolean canExecuteInTransaction() {
        return false;
    }

    @Override
    public void migrate(AsyncContext context) throws Exception {
        var ddl = context.ddl();
        ddl.addColumnIfMissing("customers", "domain", "text");
        // New and changed rows get it from now on; or let the application write it.
        ddl.run("""
                CREATE OR REPLACE FUNCTION customers_domain() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    NEW.domain := split_part(NEW.email, '@', 2);
                    RETURN NEW;
                END $$""", """
                CREATE OR REPLACE TRIGGER customers_domain BEFORE INSERT OR UPDATE OF email ON customers
                    FOR EACH ROW EXECUTE FUNCTION customers_domain()""");
        context.backfill()
                .over("customers")
                .set("domain = split_part(email, '@', 2)")
                .where("domain IS NULL")
                .run();
        ddl.setNotNull("customers", "domain");
    }
}
// end::recipe[]

package dev.turnasync.docs.recipes;

import dev.turnasync.api.Async;
import dev.turnasync.flyway.AsyncJavaMigration;
import dev.turnasync.resumable.AsyncContext;

// tag::recipe[]
@Async
public class V13__Payments_amount_numeric extends AsyncJavaMigration {

    @Override
    public boolean canExecuteInTransaction() {
        return false;
    }

    @Override
    public void migrate(AsyncContext context) throws Exception {
        var ddl = context.ddl();
        var steps = context.steps();
        steps.atLeastOnce("new column", () -> ddl.addColumnIfMissing("payments", "amount_new", "numeric(12, 2)"));
        steps.atLeastOnce("keep it in step", () -> ddl.run("""
                CREATE OR REPLACE FUNCTION payments_amount() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    NEW.amount_new := NEW.amount;
                    RETURN NEW;
                END $$""", """
                CREATE OR REPLACE TRIGGER payments_amount BEFORE INSERT OR UPDATE OF amount ON payments
                    FOR EACH ROW EXECUTE FUNCTION payments_amount()"""));
        steps.atLeastOnce(
                "fill it",
                () -> context.backfill()
                        .over("payments")
                        .set("amount_new = amount")
                        .where("amount_new IS DISTINCT FROM amount::numeric(12, 2)")
                        .verify("both are the same", """
                        SELECT NOT EXISTS (SELECT FROM payments WHERE amount_new IS DISTINCT FROM amount::numeric(12, 2))""")
                        .run());
        // Drop amount_old in a later release, once no running code reads it.
        steps.once("swap", tx -> {
            try (var statement = tx.connection().createStatement()) {
                statement.execute("SET LOCAL lock_timeout = '2s'");
                statement.execute("DROP TRIGGER payments_amount ON payments");
                statement.execute("ALTER TABLE payments RENAME amount TO amount_old");
                statement.execute("ALTER TABLE payments RENAME amount_new TO amount");
            }
        });
    }
}
// end::recipe[]

package dev.turnasync.docs.recipes;

import dev.turnasync.api.Async;
import dev.turnasync.flyway.AsyncJavaMigration;
import dev.turnasync.resumable.AsyncContext;
import java.util.Map;

// tag::recipe[]
@Async(maxAttempts = 10)
public class V16__Tell_the_mailer extends AsyncJavaMigration {

    private final Mailer mailer; // given by the application: javaMigrations(new V16__Tell_the_mailer(mailer))

    public V16__Tell_the_mailer(Mailer mailer) {
        this.mailer = mailer;
    }

    @Override
    public boolean canExecuteInTransaction() {
        return false;
    }

    @Override
    public void migrate(AsyncContext context) throws Exception {
        context.backfill().over("customers").batchSize(50, 50).run(batch -> {
            var customers = batch.select("id, email", row -> Map.entry(row.getLong("id"), row.getString("email")));
            for (var customer : customers) {
                // Called again when the worker dies before the batch commits: the key lets the mailer know it has seen
                // it.
                mailer.subscribe("V16-" + customer.getKey(), customer.getValue());
            }
        });
    }

    /** The other system; it ignores a call whose idempotency key it has seen. */
    public interface Mailer {
        void subscribe(String idempotencyKey, String email) throws Exception;
    }
}
// end::recipe[]

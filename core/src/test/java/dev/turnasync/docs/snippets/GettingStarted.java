package dev.turnasync.docs.snippets;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.api.RetryPolicy;
import java.time.Duration;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

/** What README shows of the API. */
public final class GettingStarted {

    private GettingStarted() {}

    /** The bootstrap. */
    public static void bootstrap(DataSource dataSource) {
        // tag::bootstrap[]
        var flyway = Flyway.configure().dataSource(dataSource).load();
        flyway.migrate(); // returns at once, V7 is queued
        try (var async = AsyncMigrations.of(flyway)) {
            async.drain(); // somewhere else: runs V7
        }
        // end::bootstrap[]
    }

    /** A worker without a scheduler. */
    public static AsyncMigrations worker(Flyway flyway) {
        // tag::worker[]
        var async = AsyncMigrations.of(flyway);
        async.watch(head -> async.drain()); // looks every 10 s, and soon after a migrate in this JVM
        // end::worker[]
        return async;
    }

    /** Options. */
    public static AsyncMigrations options(Flyway flyway, DataSource ownPool, Consumer<QueueEntry> page) {
        // tag::options[]
        var async = AsyncMigrations.builder(flyway)
                .leaseDataSource(ownPool) // the lease survives when the application's pool is exhausted
                .leaseFor(Duration.ofSeconds(30))
                .retryPolicy(RetryPolicy.ofDefaults().withMaxAttempts(8))
                .onEvent(event -> page.accept(event.entry()))
                .build();
        // end::options[]
        return async;
    }

    /** What an operator does. */
    public static void operate(AsyncMigrations async) {
        // tag::operate[]
        var report = async.queue().check();
        report.findings().forEach(finding -> System.out.println(finding.message() + " → " + finding.nextStep()));
        async.queue().retry("7", "ada", "disk was full");
        // end::operate[]
    }
}

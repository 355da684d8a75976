package dev.turnasync.docs.snippets;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.Shards;
import org.flywaydb.core.Flyway;

/** What docs/shards.md shows of the API. */
public final class ManyShards {

    private ManyShards() {}

    /** A roll-out. */
    public static void rollOut(Flyway flywayOfEu1, Flyway flywayOfEu2, Flyway flywayOfUs1) {
        // tag::shards[]
        try (var shards = Shards.builder()
                .add("eu-1", flywayOfEu1)
                .add("eu-2", flywayOfEu2)
                .add("us-1", flywayOfUs1)
                .canary("eu-1")
                .atOnce(4)
                .build()) {
            shards.migrate().all().forEach(result -> System.out.println(result.message()));
            var drained = shards.drain();
            System.out.println(drained.verdict()); // that of the worst shard
        }
        // end::shards[]
    }

    /** A worker of one shard. */
    public static AsyncMigrations worker(Flyway flywayOfEu1) {
        // tag::worker[]
        var async = AsyncMigrations.builder(flywayOfEu1).shard("eu-1").build();
        // end::worker[]
        return async;
    }
}

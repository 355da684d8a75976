package dev.turnasync;

import dev.turnasync.ShardRun.Plan;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;

/**
 * What is known of the shards.
 *
 * @param sources shard id to Flyway, in their order
 * @param canaries the ids that go first in a roll-out, group by group
 * @param atOnce how many are worked on at once
 * @param stopOnFirstFailure whether a roll-out begins no shard after a failure
 * @param options the options of a shard's queue and worker
 */
record ShardSet(
        Map<String, Supplier<Flyway>> sources,
        List<List<String>> canaries,
        int atOnce,
        boolean stopOnFirstFailure,
        BiFunction<String, AsyncMigrationsBuilder, AsyncMigrationsBuilder> options) {

    Shard open(String id) {
        return new Shard(id, Objects.requireNonNull(sources.get(id)), options);
    }

    /** All at once. */
    Plan together(List<String> ids, BooleanSupplier mayBegin) {
        return new Plan(List.of(ids), atOnce, false, mayBegin);
    }

    /** The canaries first. */
    Plan staged(List<String> ids) {
        var rest = new ArrayList<>(ids);
        var groups = new ArrayList<List<String>>();
        for (var canary : canaries) {
            groups.add(ids.stream().filter(canary::contains).toList());
            rest.removeAll(canary);
        }
        return new Plan(
                Stream.concat(groups.stream(), Stream.of(rest))
                        .filter(group -> !group.isEmpty())
                        .map(List::copyOf)
                        .toList(),
                atOnce,
                stopOnFirstFailure,
                () -> true);
    }
}

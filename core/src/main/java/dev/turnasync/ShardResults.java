package dev.turnasync;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * How work over shards ended.
 *
 * @param all one result a shard, in the order of the shards
 * @param <T> what the work returns
 */
public record ShardResults<T>(List<ShardResult<T>> all) {

    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if there is no result
     */
    public ShardResults {
        all = List.copyOf(all);
        if (all.isEmpty()) {
            throw new IllegalArgumentException("there is no shard");
        }
    }

    /**
     * Returns the outcome of the worst shard.
     *
     * @return DONE only if every shard is
     */
    public ShardResult.Outcome verdict() {
        return all.stream()
                .map(ShardResult::outcome)
                .max(Comparator.naturalOrder())
                .orElse(ShardResult.Outcome.NOT_STARTED);
    }

    /**
     * Tells whether the work was done in every shard and all answers are good.
     *
     * @return true if the verdict is DONE
     */
    public boolean isWell() {
        return verdict() == ShardResult.Outcome.DONE;
    }

    /**
     * Returns the result of a shard.
     *
     * @param shard the shard's id
     * @return its result
     * @throws IllegalArgumentException if the work was not over such a shard
     */
    public ShardResult<T> of(String shard) {
        return all.stream()
                .filter(result -> result.shard().equals(shard))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no result of a shard " + ShardIds.shown(shard)));
    }

    /**
     * Returns the shards that ended in one way.
     *
     * @param outcome the outcome
     * @return their ids, in the order of the shards
     */
    public List<String> shards(ShardResult.Outcome outcome) {
        return all.stream()
                .filter(result -> result.outcome() == outcome)
                .map(ShardResult::shard)
                .toList();
    }

    /**
     * Returns what the work returned.
     *
     * @return shard id to value, in the order of the shards, without those that have none
     */
    public Map<String, T> values() {
        var values = new LinkedHashMap<String, T>();
        for (var result : all) {
            if (result.value() != null) {
                values.put(result.shard(), result.value());
            }
        }
        return values;
    }

    /** Says in one line a shard how it ended, without the values. */
    @Override
    public String toString() {
        return all.stream().map(ShardResult::message).collect(Collectors.joining("\n"));
    }
}

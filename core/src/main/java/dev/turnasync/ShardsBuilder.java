package dev.turnasync;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;

/** Every option of {@link Shards}, with its default. For use by one thread. */
public final class ShardsBuilder {

    /** How many shards are worked on at once by default. */
    public static final int DEFAULT_AT_ONCE = 4;

    private final Map<String, Supplier<Flyway>> sources = new LinkedHashMap<>();
    private final List<List<String>> canaries = new ArrayList<>();
    private int atOnce = DEFAULT_AT_ONCE;
    private boolean stopOnFirstFailure;
    private boolean stopOnShutdown = true;
    private BiFunction<String, AsyncMigrationsBuilder, AsyncMigrationsBuilder> options = (shard, builder) -> builder;

    ShardsBuilder() {}

    /**
     * Adds a shard behind those that were added before.
     *
     * @param id letters, digits, {@code .}, {@code _} and {@code -}, at most 60 characters
     * @param flyway the Flyway of its database or schema
     * @return this builder
     * @throws IllegalArgumentException if the id is none or was added before
     */
    public ShardsBuilder add(String id, Flyway flyway) {
        return add(id, () -> flyway);
    }

    /**
     * Adds a shard whose Flyway is made each time that the shard is worked on.
     *
     * @param id letters, digits, {@code .}, {@code _} and {@code -}, at most 60 characters
     * @param flyway makes the Flyway of its database or schema; what it throws becomes the shard's result
     * @return this builder
     * @throws IllegalArgumentException if the id is none or was added before
     */
    public ShardsBuilder add(String id, Supplier<Flyway> flyway) {
        if (sources.putIfAbsent(ShardIds.require(id), flyway) != null) {
            throw new IllegalArgumentException("there are two shards " + id);
        }
        return this;
    }

    /**
     * Adds the shards that a properties file names, and sets what else it says.
     *
     * <pre>
     * shards = eu-1, eu-2, us-1
     * shards.canary = eu-1; eu-2
     * shard.*.url = jdbc:postgresql://${shard}.db/shop
     * shard.*.user = migrator
     * shard.*.password = ${env:SHOP_PASSWORD}
     * shard.us-1.url = jdbc:postgresql://old.db/shop
     * </pre>
     *
     * @param file the file, in UTF-8
     * @param more adds to each Flyway's configuration what all shards share, such as locations
     * @return this builder
     * @throws IllegalArgumentException if the file says something wrong; the message names the file and the key
     */
    public ShardsBuilder properties(Path file, UnaryOperator<FluentConfiguration> more) {
        ShardProperties.read(file, System.getenv()).addTo(this, more);
        return this;
    }

    /**
     * Adds the shards that properties name, and sets what else they say.
     *
     * @param properties the same as in a file
     * @param more adds to each Flyway's configuration what all shards share, such as locations
     * @return this builder
     * @throws IllegalArgumentException if a property says something wrong; the message names its key
     */
    public ShardsBuilder properties(Properties properties, UnaryOperator<FluentConfiguration> more) {
        ShardProperties.of(properties, System.getenv()).addTo(this, more);
        return this;
    }

    /**
     * Sets how many shards are worked on at once by one call; each takes the connections of one worker or one {@code migrate}.
     * Defaults to {@link #DEFAULT_AT_ONCE}.
     *
     * @param most at least 1
     * @return this builder
     */
    public ShardsBuilder atOnce(int most) {
        this.atOnce = most;
        return this;
    }

    /**
     * Lets shards go first when something is rolled out; the others begin only when all of these ended well. A second call
     * names the group that goes second, and so on. Defaults to no canaries.
     *
     * @param patterns ids, or patterns such as {@code eu-*}, of shards that are added before {@link #build()}
     * @return this builder
     */
    public ShardsBuilder canary(String... patterns) {
        this.canaries.add(List.of(patterns));
        return this;
    }

    /**
     * Lets a roll-out begin no shard after one did not end well; those at work go on. Defaults to ending all shards of a group.
     *
     * @return this builder
     */
    public ShardsBuilder stopOnFirstFailure() {
        this.stopOnFirstFailure = true;
        return this;
    }

    /**
     * Sets the options of the shards' queues and workers. Defaults to those of {@link AsyncMigrationsBuilder}.
     *
     * @param change gets a shard's id and the builder of its queue and worker
     * @return this builder
     */
    public ShardsBuilder options(BiFunction<String, AsyncMigrationsBuilder, AsyncMigrationsBuilder> change) {
        this.options = change;
        return this;
    }

    /**
     * Leaves the end of the JVM to the application, which must then close {@link Shards} itself. Defaults to a shutdown hook that
     * hands running entries back.
     *
     * @return this builder
     */
    public ShardsBuilder leaveShutdownToApplication() {
        this.stopOnShutdown = false;
        return this;
    }

    /**
     * Builds the shards; connects to none.
     *
     * @return the shards
     * @throws IllegalArgumentException if an option is out of its range, there is no shard, or a canary means none
     */
    public Shards build() {
        if (atOnce < 1) {
            throw new IllegalArgumentException("atOnce must be at least 1: " + atOnce);
        }
        if (sources.isEmpty()) {
            throw new IllegalArgumentException("there are no shards; add one by add(id, flyway)");
        }
        var ids = List.copyOf(sources.keySet());
        var set = new ShardSet(new LinkedHashMap<>(sources), groups(ids), atOnce, stopOnFirstFailure, options);
        return new Shards(set, ids, new ShardRuns(stopOnShutdown));
    }

    private List<List<String>> groups(List<String> ids) {
        var seen = new HashSet<String>();
        var groups = canaries.stream()
                .map(patterns -> ShardIds.chosen(ids, patterns))
                .toList();
        for (var id : groups.stream().flatMap(List::stream).toList()) {
            if (!seen.add(id)) {
                throw new IllegalArgumentException("the shard " + id + " is in two canary groups");
            }
        }
        return groups;
    }
}

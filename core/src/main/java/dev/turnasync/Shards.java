package dev.turnasync;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.DrainResult;
import dev.turnasync.api.DrainResult.StopReason;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.api.QueueReport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.core.api.output.MigrateResult;

/**
 * Several databases of one kind, each with its own Flyway history and queue, worked on side by side.
 *
 * <pre>{@code
 * try (var shards = Shards.builder()
 *         .add("eu-1", flywayOfEu1)
 *         .add("us-1", flywayOfUs1)
 *         .canary("eu-1")
 *         .build()) {
 *     shards.migrate();
 *     System.out.println(shards.drain());
 * }
 * }</pre>
 *
 * <p>At most {@link ShardsBuilder#atOnce(int)} shards are worked on at once by one call; inside a shard everything keeps its
 * order. Nothing is open of a shard that is not worked on. Whatever happens in one shard becomes its result, and changes nothing
 * for the others, but where a roll-out shall end there. An interrupt of the caller, or {@link #close()}, stops the shards that are
 * worked on, whose entries are handed back, and begins no others; the interrupt is kept. Safe for use by many threads.
 */
public final class Shards implements AutoCloseable {

    private final ShardSet set;
    private final List<String> ids;
    private final ShardRuns runs;

    Shards(ShardSet set, List<String> ids, ShardRuns runs) {
        this.set = set;
        this.ids = ids;
        this.runs = runs;
    }

    /**
     * Returns a builder without shards.
     *
     * @return the builder
     */
    public static ShardsBuilder builder() {
        return new ShardsBuilder();
    }

    /**
     * Returns the shards that a properties file names, see {@link ShardsBuilder#properties(Path, UnaryOperator)}.
     *
     * @param file the file, in UTF-8
     * @param options adds to each Flyway's configuration what all shards share, such as locations
     * @return the shards
     * @throws IllegalArgumentException if the file says something wrong; the message names the file and the key
     */
    public static Shards fromProperties(Path file, UnaryOperator<FluentConfiguration> options) {
        return builder().properties(file, options).build();
    }

    /**
     * Returns the shards that properties name, see {@link ShardsBuilder#properties(Properties, UnaryOperator)}.
     *
     * @param properties the properties
     * @param options adds to each Flyway's configuration what all shards share, such as locations
     * @return the shards
     * @throws IllegalArgumentException if a property says something wrong; the message names its key
     */
    public static Shards fromProperties(Properties properties, UnaryOperator<FluentConfiguration> options) {
        return builder().properties(properties, options).build();
    }

    /**
     * Returns the ids.
     *
     * @return the ids, in the order in which the shards were added
     */
    public List<String> ids() {
        return ids;
    }

    /**
     * Returns some of these shards; closing them closes these, too.
     *
     * @param patterns ids, or patterns such as {@code eu-*}
     * @return the shards that one of the patterns means, in the order of these
     * @throws IllegalArgumentException if a pattern means none
     */
    public Shards only(String... patterns) {
        return new Shards(set, ShardIds.chosen(ids, List.of(patterns)), runs);
    }

    /**
     * Works in every shard, side by side.
     *
     * @param work what to do in each
     * @param <T> what it returns
     * @return one result a shard
     */
    public <T> ShardResults<T> forEach(ShardWork<T> work) {
        return forEach(work, value -> true);
    }

    /**
     * Works in every shard, side by side, and judges what comes back.
     *
     * @param work what to do in each
     * @param well tells whether an answer is good; the others are {@link ShardResult.Outcome#ATTENTION}
     * @param <T> what the work returns
     * @return one result a shard
     */
    public <T> ShardResults<T> forEach(ShardWork<T> work, Predicate<? super T> well) {
        return forEach(work, well, () -> true);
    }

    /**
     * Works in every shard, side by side, as long as more is wanted; what was begun ends as it does.
     *
     * @param work what to do in each
     * @param well tells whether an answer is good; the others are {@link ShardResult.Outcome#ATTENTION}
     * @param mayBegin asked before each shard, by many threads; when it says no that shard is not begun, and those after it are not
     * @param <T> what the work returns
     * @return one result a shard
     */
    public <T> ShardResults<T> forEach(ShardWork<T> work, Predicate<? super T> well, BooleanSupplier mayBegin) {
        return run(new ShardRun<>(set.together(ids, mayBegin), set::open, work, well));
    }

    /**
     * Works in every shard, the {@link ShardsBuilder#canary(String...) canaries} first. The next group begins only when all shards
     * before it ended well.
     *
     * @param work what to do in each
     * @param well tells whether an answer is good; the others are {@link ShardResult.Outcome#ATTENTION}
     * @param <T> what the work returns
     * @return one result a shard
     */
    public <T> ShardResults<T> rollOut(ShardWork<T> work, Predicate<? super T> well) {
        return run(new ShardRun<>(set.staged(ids), set::open, work, well));
    }

    private <T> ShardResults<T> run(ShardRun<T> run) {
        runs.run(run);
        return run.results(ids);
    }

    /**
     * Rolls {@code flyway migrate} out.
     *
     * @return what Flyway says of each shard
     */
    public ShardResults<MigrateResult> migrate() {
        return rollOut(shard -> shard.flyway().migrate(), migrated -> migrated.success);
    }

    /**
     * Rolls out a drain of each queue. It ended well where no entry is left. A shard whose database goes away and stays away for
     * as long as a lease lasts is {@link ShardResult.Outcome#UNREACHABLE}; a later drain goes on there.
     *
     * @return what each drain did
     */
    public ShardResults<DrainResult> drain() {
        return drain(Duration.ZERO);
    }

    /**
     * Rolls out a drain of each queue, which waits for what passes by itself, see
     * {@link AsyncMigrations#drain(Duration)}. A shard that waits takes the place of one that works.
     *
     * @param wait how long to wait at most in each shard
     * @return what each drain did
     */
    public ShardResults<DrainResult> drain(Duration wait) {
        return rollOut(shard -> drain(shard, wait), drained -> drained.why() == StopReason.EMPTY);
    }

    private static DrainResult drain(Shard shard, Duration wait) {
        var result = shard.async().drain(wait);
        if (result.why() == StopReason.LEASE_LOST && !shard.answers()) {
            throw new AsyncMigrationException("the database went away during the drain, after " + result.succeeded()
                    + " entries; drain again when it is back");
        }
        return result;
    }

    /**
     * Lists all entries.
     *
     * @return the entries of each shard in the order in which they run
     */
    public ShardResults<List<QueueEntry>> list() {
        return forEach(shard -> shard.async().queue().list());
    }

    /**
     * Compares every entry with reality.
     *
     * @return the report of each shard; one with a problem is {@link ShardResult.Outcome#ATTENTION}
     */
    public ShardResults<QueueReport> check() {
        return forEach(shard -> shard.async().queue().check(), QueueReport::isHealthy);
    }

    /**
     * Queues a failed entry again, see {@link dev.turnasync.api.MigrationQueue#retry}.
     *
     * @param key shard and version, such as {@code eu-1/7}, or {@code eu-*}{@code /7} for that of several shards
     * @param actor who asks for it
     * @param reason why
     * @return the entry as it is now; one that could not be changed is a failure
     * @throws IllegalArgumentException if there is no such shard
     */
    public ShardResults<QueueEntry> retry(String key, String actor, String reason) {
        var at = ShardKey.slash(key);
        var version = key.substring(at + 1);
        return only(key.substring(0, at)).forEach(shard -> shard.async().queue().retry(version, actor, reason));
    }

    /**
     * Declares an entry not needed, see {@link dev.turnasync.api.MigrationQueue#skip}.
     *
     * @param key shard and version, such as {@code eu-1/7}, or {@code eu-*}{@code /7} for that of several shards
     * @param actor who asks for it
     * @param reason why, not blank
     * @return the entry as it is now; one that could not be changed is a failure
     * @throws IllegalArgumentException if there is no such shard
     */
    public ShardResults<QueueEntry> skip(String key, String actor, String reason) {
        var at = ShardKey.slash(key);
        var version = key.substring(at + 1);
        return only(key.substring(0, at)).forEach(shard -> shard.async().queue().skip(version, actor, reason));
    }

    /** Stops what goes on in the shards, hands running entries back, and returns when that is done. Later work begins nowhere. */
    @Override
    public void close() {
        runs.close();
    }
}

package dev.turnasync.cli;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.MigrationQueue;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a command does with a queue, be it the only one or that of a shard.
 *
 * @param <T> what it finds or does
 */
@FunctionalInterface
interface QueueAction<T> {

    Answer<T> on(Target target);

    /**
     * A queue that is open.
     *
     * @param async the queue
     * @param hints writes commands that reach the same queue
     * @param keys what was asked for in it, without the shard
     * @param shard the shard's id; null when no shards were asked for
     */
    record Target(
            AsyncMigrations async,
            Hints hints,
            List<String> keys,
            @Nullable String shard) {

        MigrationQueue queue() {
            return async.queue();
        }

        String name() {
            return async.queueName();
        }

        /** The only key. */
        String key() {
            return keys.get(0);
        }
    }
}

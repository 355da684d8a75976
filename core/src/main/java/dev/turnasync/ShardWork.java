package dev.turnasync;

/**
 * What is done in each shard.
 *
 * @param <T> what comes back
 */
@FunctionalInterface
public interface ShardWork<T> {

    /**
     * Works in one shard. Called on a thread of its own, which is interrupted when the work shall stop.
     *
     * @param shard the shard; closed when this returns
     * @return what the shard answered
     * @throws Exception whatever went wrong; it becomes the shard's result and harms no other shard
     */
    T on(Shard shard) throws Exception;
}

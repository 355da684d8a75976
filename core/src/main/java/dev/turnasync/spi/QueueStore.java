package dev.turnasync.spi;

import dev.turnasync.api.QueueEntry;
import java.time.Duration;
import java.util.Optional;

/** The queue's tables as a worker needs them. Safe for use by many threads. */
public interface QueueStore {

    /**
     * Tries to take the queue's lease, never waiting for another worker.
     *
     * @param worker the worker's id
     * @param leaseFor how long the lease lasts unless it is renewed
     * @return a session that holds the lease; empty when another worker holds it or nothing was ever queued
     */
    Optional<LeaseSession> tryLease(String worker, Duration leaseFor);

    /**
     * Refuses a lease that no worker can ever take, whoever lives: its row is lost, or the database's clock went back and it lies
     * in the future.
     *
     * @throws dev.turnasync.api.AsyncMigrationException if it is so; the message names the way out
     */
    void requireLease();

    /**
     * Looks at the queue without taking anything.
     *
     * @return how the queue stands
     */
    Glance glance();

    /**
     * How the queue stands at one moment.
     *
     * @param head the first unfinished applied entry; empty when there is none
     * @param freeIn how long until the head is due and no lease is live, if nothing changes meanwhile: zero when anybody could
     *     run it now; empty when there is nothing to run before somebody acts
     */
    record Glance(Optional<QueueEntry> head, Optional<Duration> freeIn) {}
}

package dev.turnasync.worker;

import dev.turnasync.api.MigrationListener;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.api.RetryPolicy;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a worker works with.
 *
 * @param id the worker's id
 * @param shard the shard's id; null where there is one database
 * @param leaseFor how long a lease lasts unless renewed
 * @param renewEvery how often it is renewed
 * @param watchEvery how often watchers look at the queue
 * @param endsWithLease whether a drain ends with an error when the database stays away until the lease has run out, rather than
 *     to wait for it
 * @param stopGrace how long a stopping worker lets the migration go on before its statement is cancelled
 * @param retryPolicy how failed attempts are repeated
 * @param listener hears what the worker does
 */
public record WorkerSettings(
        String id,
        @Nullable String shard,
        Duration leaseFor,
        Duration renewEvery,
        Duration watchEvery,
        boolean endsWithLease,
        Duration stopGrace,
        RetryPolicy retryPolicy,
        MigrationListener listener) {

    /** Names an entry in logs: its label, behind the shard where there is one. */
    String name(QueueEntry entry) {
        return shard == null ? entry.label() : shard + "/" + entry.label();
    }
}

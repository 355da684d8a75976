package dev.turnasync.worker;

import dev.turnasync.api.MigrationListener;
import dev.turnasync.api.RetryPolicy;
import java.time.Duration;

/**
 * What a worker works with.
 *
 * @param id the worker's id
 * @param leaseFor how long a lease lasts unless renewed
 * @param renewEvery how often it is renewed
 * @param stopGrace how long a stopping worker lets the migration go on before its statement is cancelled
 * @param retryPolicy how failed attempts are repeated
 * @param listener hears what the worker does
 */
public record WorkerSettings(
        String id,
        Duration leaseFor,
        Duration renewEvery,
        Duration stopGrace,
        RetryPolicy retryPolicy,
        MigrationListener listener) {}

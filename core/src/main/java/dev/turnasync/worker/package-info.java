/**
 * Drains the queue: the loop, the keeper of the lease, and the watcher that wakes schedulers. Knows neither JDBC nor Flyway.
 * Start at {@link dev.turnasync.worker.Workers}.
 */
@NullMarked
package dev.turnasync.worker;

import org.jspecify.annotations.NullMarked;

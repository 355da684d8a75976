/**
 * What users of TurnAsync touch: the {@link dev.turnasync.api.Async} annotation, the operator's view of the queue
 * ({@link dev.turnasync.api.MigrationQueue}), the worker ({@link dev.turnasync.api.MigrationWorker}) and the values they
 * exchange. Start at {@code dev.turnasync.AsyncMigrations}.
 */
@NullMarked
package dev.turnasync.api;

import org.jspecify.annotations.NullMarked;

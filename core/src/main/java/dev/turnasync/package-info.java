/**
 * TurnAsync: Flyway Java migrations marked {@link dev.turnasync.api.Async} are queued by {@code migrate} and run behind the
 * deploy. Start at {@link dev.turnasync.AsyncMigrations}; for many databases at {@link dev.turnasync.Shards}.
 */
@NullMarked
package dev.turnasync;

import org.jspecify.annotations.NullMarked;

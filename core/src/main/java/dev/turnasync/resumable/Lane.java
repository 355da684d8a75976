package dev.turnasync.resumable;

import org.jspecify.annotations.Nullable;

/** One session that a backfill works in. */
@FunctionalInterface
interface Lane {

    /** Runs work in a fenced transaction of that session. */
    <T extends @Nullable Object> T inTransaction(AsyncContext.TransactionWork<T> work) throws Exception;
}

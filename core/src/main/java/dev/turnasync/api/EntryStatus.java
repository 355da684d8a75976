package dev.turnasync.api;

import java.util.EnumSet;
import java.util.Set;

/**
 * The place of a queue entry in the state machine. Each status names its legal successors ({@link #next()}); every
 * statement that changes a status repeats them as a guard, and the table as a CHECK constraint.
 */
public enum EntryStatus {
    /** Waits for its turn. */
    QUEUED,
    /** A worker runs it under a lease. */
    RUNNING,
    /** An attempt failed; the next one is due at {@link QueueEntry#nextAttemptAt()}. */
    RETRYABLE,
    /** Attempts used up or a permanent error. Blocks the entries after it until a person retries or skips it. */
    FAILED,
    /** Ran to its end, or a person declared that its effects are there. */
    SUCCEEDED,
    /** Declared not needed, by a person or because a newer version of a repeatable migration took its place. */
    SKIPPED,
    /** Held back by an operator. Blocks the entries after it until it is resumed. */
    PAUSED,
    /** Taken back: it will not run, or its effects were undone. */
    UNDONE;

    /**
     * Returns the statuses that may follow this one.
     *
     * @return the legal successors; empty for a status that is final
     */
    public Set<EntryStatus> next() {
        return switch (this) {
            case QUEUED -> EnumSet.of(RUNNING, PAUSED, SKIPPED, SUCCEEDED, UNDONE);
            case RUNNING -> EnumSet.of(SUCCEEDED, RETRYABLE, FAILED, QUEUED, PAUSED);
            case RETRYABLE -> EnumSet.of(RUNNING, QUEUED, PAUSED, SKIPPED, SUCCEEDED);
            case FAILED -> EnumSet.of(QUEUED, SKIPPED, PAUSED, SUCCEEDED);
            case PAUSED -> EnumSet.of(QUEUED, RETRYABLE, FAILED, SKIPPED, SUCCEEDED);
            case SUCCEEDED -> EnumSet.of(UNDONE);
            case SKIPPED, UNDONE -> EnumSet.noneOf(EntryStatus.class);
        };
    }

    /**
     * Tells whether an entry in this status is done with and no longer holds back those after it.
     *
     * @return true for {@link #SUCCEEDED}, {@link #SKIPPED} and {@link #UNDONE}
     */
    public boolean isFinished() {
        return this == SUCCEEDED || this == SKIPPED || this == UNDONE;
    }
}

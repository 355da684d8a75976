package dev.turnasync.api;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a drain did: counts per outcome, and why it stopped.
 *
 * @param succeeded entries that ran to their end
 * @param retryable attempts that failed and will be repeated
 * @param failed attempts that failed for good
 * @param handedBack entries given back because the worker was stopped
 * @param why why the drain ended
 * @param head the entry at the head of the queue when it ended; null when there was none
 * @param failure the error of the last failed attempt; null when none failed
 */
public record DrainResult(
        int succeeded,
        int retryable,
        int failed,
        int handedBack,
        StopReason why,
        @Nullable QueueEntry head,
        @Nullable Throwable failure) {

    /** Why a drain ended. */
    public enum StopReason {
        /** No entry is left. */
        EMPTY,
        /** The asked number of entries was run. */
        DONE,
        /** The head is {@link EntryStatus#FAILED}; an operator must retry or skip it. */
        BLOCKED,
        /** The head is {@link EntryStatus#PAUSED}. */
        PAUSED,
        /** The head is {@link EntryStatus#RETRYABLE} and not due yet. */
        NOT_DUE,
        /** This build has no class for the head; another node must run it. */
        CLASS_MISSING,
        /** Another worker holds the lease. */
        LEASE_HELD,
        /** A dead worker's database session is still busy with the head; it must end first. */
        PREVIOUS_RUN_ALIVE,
        /** The lease was lost while an entry ran. */
        LEASE_LOST,
        /** The worker was asked to stop. */
        STOPPED,
        /**
         * A migration of this worker did not return although its session was ended, and was settled without it. The worker runs
         * nothing until that migration's thread ends; restart its process if it does not.
         */
        HUNG
    }

    /**
     * Returns the entry at the head of the queue when the drain ended.
     *
     * @return the head; empty when the queue was empty or was not looked at
     */
    public Optional<QueueEntry> headEntry() {
        return Optional.ofNullable(head);
    }

    /**
     * Returns how many entries were run, whatever their outcome.
     *
     * @return the number of runs
     */
    public int runs() {
        return succeeded + retryable + failed + handedBack;
    }
}

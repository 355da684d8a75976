package dev.turnasync.api;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Whether async migrations are done, as a deploy gate asks.
 *
 * @param state the answer
 * @param entry the entry that decides: the one waited for, or the one that holds it back; null when none does
 * @param message the answer in plain words
 * @param at when, by the database's clock
 */
public record Readiness(State state, @Nullable QueueEntry entry, String message, Instant at) {

    /** How far it is. */
    public enum State {
        /** All that was asked for is applied, and nothing queued before it is left. */
        APPLIED,
        /** Workers are on their way. */
        PENDING,
        /** A person must do something first: an entry before it, or it itself, is FAILED or PAUSED. */
        BLOCKED,
        /** It was taken back, or is about to be. */
        UNDONE,
        /** Flyway's history does not list it, or nobody can say whether its work was done. */
        UNKNOWN
    }

    /**
     * Tells whether waiting cannot help.
     *
     * @return true for all but {@link State#PENDING} and {@link State#UNKNOWN}
     */
    public boolean isFinal() {
        return state == State.APPLIED || state == State.BLOCKED || state == State.UNDONE;
    }
}

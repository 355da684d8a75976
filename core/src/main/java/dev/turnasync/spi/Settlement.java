package dev.turnasync.spi;

import dev.turnasync.api.Attempt.Failure;
import dev.turnasync.api.Attempt.Outcome;
import dev.turnasync.api.EntryStatus;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The transition to store after a run.
 *
 * @param status the entry's next status
 * @param outcome how the attempt ended
 * @param reason why the entry is in that status; null for SUCCEEDED
 * @param delay how long until the next attempt; null unless RETRYABLE
 * @param error what went wrong; null when nothing did
 * @param warning what the author should mend; null when nothing
 */
public record Settlement(
        EntryStatus status,
        Outcome outcome,
        @Nullable String reason,
        @Nullable Duration delay,
        @Nullable Failure error,
        @Nullable String warning) {

    private static final String UNSTORED = "the database did not take the text; the log of the worker has it";

    /**
     * Returns the settlement of a run that came to its end.
     *
     * @param warning what the author should mend; null when nothing
     * @return the settlement
     */
    public static Settlement succeeded(@Nullable String warning) {
        return new Settlement(EntryStatus.SUCCEEDED, Outcome.SUCCEEDED, null, null, null, warning);
    }

    /**
     * Returns the settlement of a failed attempt that will be repeated.
     *
     * @param delay how long until the next attempt
     * @param reason why the entry waits
     * @param error what went wrong
     * @return the settlement
     */
    public static Settlement retryable(Duration delay, String reason, Failure error) {
        return new Settlement(EntryStatus.RETRYABLE, Outcome.FAILED, reason, delay, error, null);
    }

    /**
     * Returns the settlement of an attempt that lost its connection after it had advanced: repeated, and not counted as failed.
     *
     * @param delay how long until the next attempt
     * @param reason why the entry waits
     * @param error what went wrong
     * @return the settlement
     */
    public static Settlement cutOff(Duration delay, String reason, Failure error) {
        return new Settlement(EntryStatus.RETRYABLE, Outcome.LOST, reason, delay, error, null);
    }

    /**
     * Returns the settlement of a run that lost touch with the database while nobody took over.
     *
     * @param reason what happened
     * @return the settlement
     */
    public static Settlement lost(String reason) {
        return new Settlement(EntryStatus.QUEUED, Outcome.LOST, reason, null, null, null);
    }

    /**
     * Returns the settlement of an attempt that failed for good.
     *
     * @param reason why it is not repeated
     * @param error what went wrong
     * @return the settlement
     */
    public static Settlement failed(String reason, Failure error) {
        return new Settlement(EntryStatus.FAILED, Outcome.FAILED, reason, null, error, null);
    }

    /**
     * Returns the settlement of a run that was given back because the worker stops, or an operator asked for it.
     *
     * @param reason who gave it back
     * @param error what was found when it was given back without its end; null for a run that ended
     * @return the settlement
     */
    public static Settlement handedBack(String reason, @Nullable Failure error) {
        return new Settlement(EntryStatus.QUEUED, Outcome.HANDED_BACK, reason, null, error, null);
    }

    /**
     * Returns this settlement without the texts that came from outside, for a database that would not take them.
     *
     * @return the same transition
     */
    public Settlement bare() {
        var told = error == null ? null : new Failure(error.className(), UNSTORED, error.sqlState(), "");
        return new Settlement(
                status, outcome, reason == null ? null : UNSTORED, delay, told, warning == null ? null : UNSTORED);
    }

    /**
     * Returns this settlement as an operator wants it who paused or cancelled the run: what would wait for a worker becomes PAUSED or
     * FAILED.
     *
     * @param to PAUSED or FAILED
     * @param why who asked for it, and why
     * @return the settlement to store
     */
    public Settlement as(EntryStatus to, String why) {
        var waits = status == EntryStatus.QUEUED || status == EntryStatus.RETRYABLE;
        return waits ? new Settlement(to, outcome, why, null, error, warning) : this;
    }
}

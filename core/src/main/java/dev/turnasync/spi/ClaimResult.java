package dev.turnasync.spi;

import dev.turnasync.api.DrainResult.StopReason;
import dev.turnasync.api.QueueEntry;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a claim: a claim, or the reason why there is none.
 *
 * @param claim the claim; null when there is none
 * @param why why there is none; null when there is a claim
 * @param head the head of the queue; null when it is empty
 */
public record ClaimResult(
        @Nullable Claim claim,
        @Nullable StopReason why,
        @Nullable QueueEntry head) {

    /**
     * Returns the answer for an entry that was claimed.
     *
     * @param claim the claim
     * @return the answer
     */
    public static ClaimResult of(Claim claim) {
        return new ClaimResult(claim, null, claim.entry());
    }

    /**
     * Returns the answer for a head that cannot be claimed.
     *
     * @param why why not
     * @param head the head; null when the queue is empty
     * @return the answer
     */
    public static ClaimResult none(StopReason why, @Nullable QueueEntry head) {
        return new ClaimResult(null, why, head);
    }
}

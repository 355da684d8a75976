package dev.turnasync.api;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One try at an entry, kept for good.
 *
 * @param number counted from 1 over the entry's whole life
 * @param worker the worker's id
 * @param token the fencing token it ran under
 * @param startedAt when it began, by the database's clock
 * @param finishedAt when it ended; null while it runs
 * @param outcome how it ended
 * @param failure what went wrong; null when nothing did
 * @param warning something the author should know although the attempt succeeded; null when there is nothing
 */
public record Attempt(
        int number,
        String worker,
        long token,
        Instant startedAt,
        @Nullable Instant finishedAt,
        Outcome outcome,
        @Nullable Failure failure,
        @Nullable String warning) {

    /** How an attempt ended. */
    public enum Outcome {
        /** It runs. */
        RUNNING,
        /** The migration ran to its end. */
        SUCCEEDED,
        /** The migration failed; counts towards the maximum. */
        FAILED,
        /** The worker was stopped and gave the entry back; does not count. */
        HANDED_BACK,
        /**
         * The worker disappeared, see {@link RetryPolicy#maxWorkerDeaths()}, or lost the database after a checkpoint; does not count
         * as a failure.
         */
        LOST
    }

    /**
     * What went wrong.
     *
     * @param className the exception's class
     * @param message its message
     * @param sqlState the SQLSTATE of the error in the chain that decides whether it is repeated; null when there is none
     * @param stackTrace the whole stack trace
     */
    public record Failure(
            String className, String message, @Nullable String sqlState, String stackTrace) {}

    /**
     * Returns how long the attempt took.
     *
     * @return the duration; empty while it runs
     */
    public Optional<Duration> duration() {
        return finishedAt == null ? Optional.empty() : Optional.of(Duration.between(startedAt, finishedAt));
    }
}

package dev.turnasync.api;

import java.time.Duration;

/**
 * Hears what a worker does. Called on the worker's thread after the event was stored; an exception is logged and changes
 * nothing.
 */
@FunctionalInterface
public interface MigrationListener {

    /**
     * Takes an event. Must return soon.
     *
     * @param event what happened
     */
    void on(Event event);

    /** Something a worker did. */
    sealed interface Event {

        /**
         * Returns the entry it is about.
         *
         * @return the entry, as it was when it was claimed
         */
        QueueEntry entry();

        /**
         * An attempt began.
         *
         * @param entry the entry
         * @param attempt the attempt's number
         * @param worker the worker's id
         */
        record Started(QueueEntry entry, int attempt, String worker) implements Event {}

        /**
         * The migration told how far it is. At most one a second.
         *
         * @param entry the entry
         * @param progress how far it is
         */
        record Progressed(QueueEntry entry, QueueEntry.Progress progress) implements Event {}

        /**
         * The migration, or what looks after it, had something to say.
         *
         * @param entry the entry
         * @param line one line
         */
        record Logged(QueueEntry entry, String line) implements Event {}

        /**
         * The migration ran to its end.
         *
         * @param entry the entry
         * @param attempt the attempt's number
         * @param took how long the attempt took
         */
        record Succeeded(QueueEntry entry, int attempt, Duration took) implements Event {}

        /**
         * An attempt succeeded, but something about the migration should be mended.
         *
         * @param entry the entry
         * @param warning what should be mended
         */
        record Warned(QueueEntry entry, String warning) implements Event {}

        /**
         * An attempt failed and will be repeated.
         *
         * @param entry the entry
         * @param attempt the attempt's number
         * @param failure the error
         * @param delay how long until the next attempt
         */
        record AttemptFailed(QueueEntry entry, int attempt, Throwable failure, Duration delay) implements Event {}

        /**
         * The entry failed for good and blocks the queue.
         *
         * @param entry the entry
         * @param attempt the attempt's number
         * @param failure the error
         * @param reason why it is not repeated
         */
        record Failed(QueueEntry entry, int attempt, Throwable failure, String reason) implements Event {}

        /**
         * The worker gave the entry back: it was stopped, or an operator paused or cancelled the entry.
         *
         * @param entry the entry
         * @param attempt the attempt's number
         */
        record HandedBack(QueueEntry entry, int attempt) implements Event {}

        /**
         * A drain that was asked to wait does so: the entry is the head of the queue and cannot be run yet. Told once for each
         * obstacle, on the thread that drains.
         *
         * @param entry the entry, as it was looked at
         * @param why what is waited for
         */
        record Waiting(QueueEntry entry, DrainResult.StopReason why) implements Event {}

        /**
         * The worker lost its lease; whatever it had not committed is void.
         *
         * @param entry the entry
         * @param attempt the attempt's number
         */
        record LeaseLost(QueueEntry entry, int attempt) implements Event {}
    }
}

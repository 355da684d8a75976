package dev.turnasync.api;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * One queued migration as read from {@code async_schema_migrations}. Immutable; all times are the database's.
 *
 * @param id the row's id
 * @param identity which migration it is
 * @param status its place in the state machine
 * @param standing what Flyway's history says about it
 * @param installedRank its rank in Flyway's history, which is its place in the queue; null while not applied
 * @param reason why it is in this status; null for RUNNING and SUCCEEDED
 * @param since since when it is in this status
 * @param tries how its attempts stand
 * @param run the current or last run; null before the first
 * @param progress how far the migration says it is
 */
public record QueueEntry(
        long id,
        Identity identity,
        EntryStatus status,
        Standing standing,
        @Nullable Integer installedRank,
        @Nullable String reason,
        Instant since,
        Tries tries,
        @Nullable Run run,
        Progress progress) {

    /** What an entry does to the schema. */
    public enum Direction {
        /** It applies the migration. */
        UP,
        /** It takes the migration's effects back. */
        DOWN
    }

    /** What Flyway's schema history says about a queue entry. Only an {@link #APPLIED} entry is ever run. */
    public enum Standing {
        /** The history lists the migration as applied. */
        APPLIED,
        /** The history does not list it: {@code migrate} is still running, or its last commit failed. */
        NOT_APPLIED,
        /** The history listed it, and a later marker ({@code DELETE} or undo) took it back. */
        WITHDRAWN,
        /** A newer one of the same migration took its place, with an entry or, run by {@code migrate} itself, without. */
        SUPERSEDED
    }

    /**
     * Which migration an entry stands for. The class name is a hint, never the identity: moving a class to another
     * package runs nothing again.
     *
     * @param key the version, or {@code R__} and the description of a repeatable migration
     * @param version the version; null for a repeatable migration
     * @param description Flyway's description
     * @param checksum the migration's checksum; null when it has none
     * @param script the class name at the time it was queued
     * @param generation 1, or more when there were earlier entries of the same migration
     * @param direction whether it applies the migration or takes it back
     * @param queuedAt when it was queued
     */
    public record Identity(
            String key,
            @Nullable String version,
            String description,
            @Nullable Integer checksum,
            String script,
            int generation,
            Direction direction,
            Instant queuedAt) {

        /**
         * Returns the name people read, such as {@code V7 Backfill email domain}, {@code R Refresh totals} or
         * {@code V7 Backfill email domain, undo}.
         *
         * @return version and description in one line
         */
        public String label() {
            return label(version, description, direction);
        }

        /**
         * Returns the name people read of a migration.
         *
         * @param version the version; null for a repeatable migration
         * @param description Flyway's description
         * @param direction whether it is applied or taken back
         * @return all in one line
         */
        public static String label(@Nullable String version, String description, Direction direction) {
            return (version == null ? "R " : "V" + version + " ")
                    + description
                    + (direction == Direction.DOWN ? ", undo" : "");
        }
    }

    /**
     * How an entry's attempts stand.
     *
     * @param failed failed attempts since the entry was queued or last retried by an operator
     * @param maxAttempts the migration's own limit; null when the worker's policy decides
     * @param workerDeaths attempts whose worker disappeared without any checkpoint in between
     * @param nextAttemptAt the earliest next attempt of a RETRYABLE entry; else null
     * @param window the time of the day in which attempts may begin, as in {@link Async#window()}; null for any time
     */
    public record Tries(
            int failed,
            @Nullable Integer maxAttempts,
            int workerDeaths,
            @Nullable Instant nextAttemptAt,
            @Nullable String window) {}

    /**
     * The current or last run of an entry.
     *
     * @param attempt the attempt's number, counted from 1 over the entry's whole life
     * @param worker the worker's id; null when the entry is not running
     * @param token the fencing token of the run; null when the entry is not running
     * @param startedAt when the run began
     * @param finishedAt when the entry reached a final status; null before
     */
    public record Run(
            int attempt,
            @Nullable String worker,
            @Nullable Long token,
            Instant startedAt,
            @Nullable Instant finishedAt) {}

    /**
     * How far a migration says it is, in units of its own choice.
     *
     * @param done units done; null when nothing was reported
     * @param total units in all; null when unknown
     * @param rate units a second while it works, without its waits; null when unknown
     * @param phase what it is doing, such as {@code building index: loading tuples}; null when it did not say
     * @param waiting what it waits for; null when it does not wait
     */
    public record Progress(
            @Nullable Long done,
            @Nullable Long total,
            @Nullable Double rate,
            @Nullable String phase,
            @Nullable Waiting waiting) {

        /** No progress reported. */
        public static final Progress NONE = new Progress(null, null);

        /**
         * Creates a progress of plain numbers.
         *
         * @param done units done; null when nothing was reported
         * @param total units in all; null when unknown
         */
        public Progress(@Nullable Long done, @Nullable Long total) {
            this(done, total, null, null, null);
        }

        /**
         * Returns how long the rest takes at the present rate, waits not counted.
         *
         * @return the time that is left; empty when rate or total are unknown
         */
        public Optional<Duration> remaining() {
            if (done == null || total == null || rate == null || rate <= 0) {
                return Optional.empty();
            }
            return Optional.of(Duration.ofMillis((long) (Math.max(0, total - done) / rate * 1_000)));
        }

        /**
         * Returns the percentage done, 0 to 100.
         *
         * @return the percentage; empty when the total is unknown
         */
        public OptionalInt percent() {
            if (done == null || total == null || total <= 0) {
                return OptionalInt.empty();
            }
            return OptionalInt.of((int) Math.max(0, Math.min(100, done * 100.0 / total)));
        }
    }

    /**
     * What a running migration waits for, while it keeps its place and its lease.
     *
     * @param reason what it waits for, and the figures behind it
     * @param since since when it waits; null in what a migration itself reports
     * @param utilisation how much of the limit is used up, 1 being the limit; null when that cannot be said
     */
    public record Waiting(
            String reason,
            @Nullable Instant since,
            @Nullable Double utilisation) {}

    /**
     * What an operator asked of an entry, and what was not obeyed yet.
     *
     * @param what {@code PAUSE}, {@code CANCEL} or {@code THROTTLE}
     * @param reason who asked, and why
     * @param since when
     * @param until when it ends by itself; null when it does not
     */
    public record Request(
            String what,
            String reason,
            Instant since,
            @Nullable Instant until) {}

    /**
     * Returns the key operators use: the version, or {@code R__} and the description.
     *
     * @return the key
     */
    public String key() {
        return identity.key();
    }

    /**
     * Returns the name people read, such as {@code V7 Backfill email domain}.
     *
     * @return version and description in one line
     */
    public String label() {
        return identity.label();
    }

    /**
     * Returns when the next attempt is due.
     *
     * @return the time of the next attempt; empty unless the entry is RETRYABLE
     */
    public Optional<Instant> nextAttemptAt() {
        return Optional.ofNullable(tries.nextAttemptAt());
    }
}

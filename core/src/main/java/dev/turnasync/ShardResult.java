package dev.turnasync;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.jdbc.ErrorReports;
import org.jspecify.annotations.Nullable;

/**
 * How the work in one shard ended: with a value, with an exception, or not begun.
 *
 * @param shard the shard's id
 * @param outcome how it ended
 * @param value what the work returned; null unless the outcome is DONE or ATTENTION
 * @param failure what the work threw; null unless the outcome is UNREACHABLE or FAILED
 * @param <T> what the work returns
 */
public record ShardResult<T>(
        String shard,
        Outcome outcome,
        @Nullable T value,
        @Nullable Throwable failure) {

    /** How the work in a shard ended, from good to bad. */
    public enum Outcome {
        /** It was done. */
        DONE,
        /** It was not begun: a shard before it ended badly, or the work was stopped. */
        NOT_STARTED,
        /** It was done, and the answer is not what was hoped for: a drain left entries behind, or a check found a problem. */
        ATTENTION,
        /** The shard's database could not be reached, or went away. */
        UNREACHABLE,
        /** The work threw. */
        FAILED
    }

    static <T> ShardResult<T> answered(String shard, T value, boolean well) {
        return new ShardResult<>(shard, well ? Outcome.DONE : Outcome.ATTENTION, value, null);
    }

    static <T> ShardResult<T> broken(String shard, Throwable failure, boolean away) {
        return new ShardResult<>(shard, away ? Outcome.UNREACHABLE : Outcome.FAILED, null, failure);
    }

    static <T> ShardResult<T> notStarted(String shard) {
        return new ShardResult<>(shard, Outcome.NOT_STARTED, null, null);
    }

    /**
     * Tells whether the work was done and its answer is good.
     *
     * @return true for DONE
     */
    public boolean isWell() {
        return outcome == Outcome.DONE;
    }

    /**
     * Says in one line how it ended.
     *
     * @return for example {@code eu-1: UNREACHABLE: FATAL: the database system is shutting down}
     */
    public String message() {
        return shard + ": " + outcome
                + (failure == null ? "" : ": " + cause(failure).replaceAll("\\s+", " "));
    }

    /**
     * Returns what the work returned.
     *
     * @return the value
     * @throws AsyncMigrationException if there is none; its message names the shard and its cause is what the work threw
     */
    public T orElseThrow() {
        if (value == null) {
            throw new AsyncMigrationException(message(), failure);
        }
        return value;
    }

    /** The database's own words where it has some; Flyway's are a page around them. */
    private static String cause(Throwable failure) {
        return ErrorReports.sqlErrors(failure)
                .map(Throwable::getMessage)
                .filter(message -> message != null)
                .findFirst()
                .orElseGet(failure::toString);
    }
}

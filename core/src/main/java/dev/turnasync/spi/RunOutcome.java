package dev.turnasync.spi;

import org.jspecify.annotations.Nullable;

/** How a run ended. */
public sealed interface RunOutcome {

    /**
     * The migration ran to its end.
     *
     * @param settled whether SUCCEEDED was already committed together with the migration's own changes
     * @param warning what the author should mend; null when nothing
     */
    record Completed(boolean settled, @Nullable String warning) implements RunOutcome {}

    /**
     * The migration failed.
     *
     * @param report the error
     * @param advanced whether this run committed a checkpoint before
     */
    record Failed(ErrorReport report, boolean advanced) implements RunOutcome {}

    /** The run ended because the worker stops; nothing after its last checkpoint was committed. */
    record Stopped() implements RunOutcome {}

    /**
     * The run ended because the lease was lost; nothing after its last checkpoint was committed.
     *
     * @param begun whether the migration had begun
     */
    record Fenced(boolean begun) implements RunOutcome {}
}

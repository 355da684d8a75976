package dev.turnasync.spi;

import dev.turnasync.api.QueueEntry.Progress;
import dev.turnasync.api.QueueEntry.Waiting;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a running entry's lease sees of it from outside.
 *
 * @param wish what an operator asks of the run
 * @param build how far the index build is that its session runs; null when it runs none
 * @param gone whether the server no longer has the session that the run began in
 * @param blockedBy the sessions that its own waits for; null when it does not wait for a lock
 */
public record Observation(
        Wish wish,
        @Nullable Progress build,
        boolean gone,
        @Nullable String blockedBy) {

    /** What operators can ask of a run. */
    public enum Wish {
        /** Nothing. */
        NONE,
        /** End after the present batch; the entry becomes PAUSED. */
        PAUSE,
        /** End now; the entry becomes FAILED. */
        CANCEL
    }

    /** Nothing seen. */
    public static final Observation NONE = new Observation(Wish.NONE, null, false, null);

    /**
     * Returns the progress to store: what the migration says of itself, completed by what was seen.
     *
     * @param reported what the migration said last
     * @return the progress; empty when there is nothing to tell
     */
    public Optional<Progress> complete(@Nullable Progress reported) {
        var own = reported == null ? Progress.NONE : reported;
        var base = build == null ? own : build;
        var waiting = own.waiting();
        if (waiting == null && blockedBy != null) {
            waiting = new Waiting("a lock held by " + blockedBy, null, null);
        }
        var whole = new Progress(base.done(), base.total(), base.rate(), base.phase(), waiting);
        return whole.equals(Progress.NONE) ? Optional.empty() : Optional.of(whole);
    }
}

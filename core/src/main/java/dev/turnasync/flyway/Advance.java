package dev.turnasync.flyway;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** What a run did so far that decides how its end is taken. Safe for use by the threads of the run. */
final class Advance {

    private static final int MOST_WARNINGS = 100;

    private final AtomicInteger warned = new AtomicInteger();
    private final List<String> warnings = new CopyOnWriteArrayList<>();
    private volatile boolean made = true;
    private volatile boolean begun;
    private volatile boolean asked;
    private volatile @Nullable String heldBy;

    void begins() {
        begun = true;
        made = false;
    }

    boolean begun() {
        return begun;
    }

    void commitsCheckpoint() {
        made = true;
    }

    /** Whether the run committed a checkpoint, or had not even begun. */
    boolean made() {
        return made;
    }

    void askedToEnd() {
        asked = true;
    }

    /** Whether the run met an operator's wish that it should end. */
    boolean isAskedToEnd() {
        return asked;
    }

    void heldBy(@Nullable String who) {
        heldBy = who;
    }

    /** Who held the run's pace down when the last transaction began. */
    @Nullable
    String heldBy() {
        return heldBy;
    }

    void warn(String warning) {
        if (warned.incrementAndGet() <= MOST_WARNINGS) {
            warnings.add(warning);
        }
    }

    @Nullable
    String warning() {
        var more = warned.get() - MOST_WARNINGS;
        return warnings.isEmpty()
                ? null
                : String.join("; ", warnings) + (more > 0 ? "; and " + more + " more warnings" : "");
    }
}

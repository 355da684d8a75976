package dev.turnasync.worker;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Logs a failure that repeats itself once, again when it becomes another one, and when it is over. For use by one thread at a time.
 */
final class RepeatedFailure {

    private final System.Logger log;
    private @Nullable String told;
    private int times;

    RepeatedFailure(System.Logger log) {
        this.log = log;
    }

    /** Takes that something failed. The stack trace is for the level DEBUG. */
    void failed(String what, Throwable failure) {
        var line = what + ": " + failure.getMessage();
        times++;
        if (Objects.equals(line, told)) {
            return;
        }
        told = line;
        log.log(System.Logger.Level.WARNING, line);
        log.log(System.Logger.Level.DEBUG, what, failure);
    }

    /** Takes that it works. */
    void worked(String what) {
        if (told != null) {
            log.log(System.Logger.Level.INFO, what + ", after " + times + (times == 1 ? " failure" : " failures"));
            told = null;
            times = 0;
        }
    }
}

package dev.turnasync.api;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The base of all exceptions that TurnAsync throws; its message says what to do next. */
public class AsyncMigrationException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates an exception.
     *
     * @param message what was found, what was wanted, and the next step
     */
    public AsyncMigrationException(String message) {
        super(message);
    }

    /**
     * Creates an exception with its cause.
     *
     * @param message what was found, what was wanted, and the next step
     * @param cause the cause; may be null
     */
    public AsyncMigrationException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /**
     * An error that repeating cannot mend: the entry becomes FAILED at once, whatever attempts it has left. A migration may throw
     * it, too.
     */
    public static class Permanent extends AsyncMigrationException {

        private static final long serialVersionUID = 1L;

        /**
         * Creates an exception.
         *
         * @param message what was found, what was wanted, and the next step
         */
        public Permanent(String message) {
            super(message);
        }

        /**
         * Creates an exception with its cause.
         *
         * @param message what was found, what was wanted, and the next step
         * @param cause the cause; may be null
         */
        public Permanent(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }
    /**
     * A migration did not return after its session was ended, or called {@code System.exit}. Its stack trace is not where it was
     * created, but where the migration's thread was found.
     */
    public static final class NeverReturned extends AsyncMigrationException {

        private static final long serialVersionUID = 1L;
        private static final int MOST_FRAMES = 100;

        /**
         * Creates an exception.
         *
         * @param message what the migration did
         * @param thread the migration's thread, whose stack trace is taken now
         */
        public NeverReturned(String message, Thread thread) {
            super(message);
            setStackTrace(
                    Arrays.stream(thread.getStackTrace()).limit(MOST_FRAMES).toArray(StackTraceElement[]::new));
        }
    }
}

package dev.turnasync.api;

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
}

package dev.turnasync.api;

import org.jspecify.annotations.Nullable;

/** The database, or TurnAsync's tables in it, are not what this version of TurnAsync can work with. */
public final class SchemaMismatchException extends AsyncMigrationException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param message what was found, what was wanted, and the next step
     * @param cause the cause; may be null
     */
    public SchemaMismatchException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

package dev.turnasync.spi;

import dev.turnasync.api.AsyncMigrationException;

/** The database could not be reached, or ended the session; asking again may help. */
public final class DatabaseAwayException extends AsyncMigrationException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates an exception.
     *
     * @param message what could not be done
     * @param cause the driver's or pool's error
     */
    public DatabaseAwayException(String message, Throwable cause) {
        super(message, cause);
    }
}

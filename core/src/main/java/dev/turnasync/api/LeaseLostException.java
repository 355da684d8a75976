package dev.turnasync.api;

/**
 * The worker's lease was taken over by another worker, so nothing that this one does may be committed any more. Thrown
 * into a migration at the start of a transaction; let it pass.
 */
public final class LeaseLostException extends AsyncMigrationException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param message which worker lost which lease
     */
    public LeaseLostException(String message) {
        super(message);
    }
}

package dev.turnasync.api;

/**
 * The worker was asked to stop, so the migration should end at its last checkpoint. Thrown into a migration at the start of
 * a transaction; let it pass. The entry goes back to the queue and no attempt is counted.
 */
public final class WorkerStoppingException extends AsyncMigrationException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param message which worker stops
     */
    public WorkerStoppingException(String message) {
        super(message);
    }
}

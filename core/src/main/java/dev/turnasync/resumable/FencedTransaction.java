package dev.turnasync.resumable;

import java.sql.Connection;
import java.sql.SQLException;

/** An open transaction of a migration. Valid until the work that got it returns. */
public interface FencedTransaction {

    /**
     * Returns the connection. Its transaction is committed after the work; the work itself must not end it.
     *
     * @return the connection
     */
    Connection connection();

    /**
     * Stores where the migration goes on, to be committed together with the work's changes.
     *
     * @param value the place, in any form the migration can read again
     * @throws SQLException if the database refuses
     * @throws dev.turnasync.api.AsyncMigrationException as {@link #checkpoint(String, String)} does
     */
    default void checkpoint(String value) throws SQLException {
        checkpoint(AsyncContext.DEFAULT_CHECKPOINT, value);
    }

    /**
     * Stores a named checkpoint, to be committed together with the work's changes. Name and value come back as they are, or the
     * transaction fails: neither may have a NUL character, half of a surrogate pair, or a character that the database's encoding
     * lacks, and a name may have 500 characters. Encode other values, such as by Base64.
     *
     * @param name the checkpoint's name
     * @param value the place, in any form the migration can read again
     * @throws SQLException if the database refuses
     * @throws dev.turnasync.api.AsyncMigrationException.Permanent if name or value cannot be stored as they are; for a character that
     *     the encoding lacks, when the transaction ends
     */
    void checkpoint(String name, String value) throws SQLException;
}

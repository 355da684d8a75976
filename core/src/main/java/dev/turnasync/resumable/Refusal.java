package dev.turnasync.resumable;

import dev.turnasync.api.AsyncMigrationException;
import java.sql.SQLException;

/** Refuses what repeating cannot mend. */
final class Refusal {

    private Refusal() {}

    /** What the server said, with a full stop. */
    static String sentence(SQLException failure) {
        var message = String.valueOf(failure.getMessage());
        return message.endsWith(".") ? message : message + ".";
    }

    static AsyncMigrationException of(String message) {
        return new AsyncMigrationException.Permanent(message);
    }
}

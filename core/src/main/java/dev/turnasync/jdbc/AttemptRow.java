package dev.turnasync.jdbc;

import dev.turnasync.spi.Claim;
import dev.turnasync.spi.Settlement;
import java.sql.Connection;
import java.sql.SQLException;

/** The row of one attempt. */
record AttemptRow(long entry, int attempt) {

    static AttemptRow of(Claim claim) {
        return new AttemptRow(claim.entry().id(), claim.attempt());
    }

    /** Stores how it ended. Returns false when that is stored already. */
    boolean close(Connection connection, QueueSql sql, Settlement settlement) throws SQLException {
        var error = settlement.error();
        return Jdbc.update(
                        connection,
                        sql.closeAttempt(),
                        settlement.outcome().name(),
                        StoredText.name(error == null ? null : error.className()),
                        StoredText.block(error == null ? null : error.message()),
                        StoredText.name(error == null ? null : error.sqlState()),
                        StoredText.block(error == null ? null : error.stackTrace()),
                        StoredText.words(settlement.warning()),
                        entry,
                        attempt)
                == 1;
    }
}

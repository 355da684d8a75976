package dev.turnasync.jdbc;

import dev.turnasync.api.Attempt.Outcome;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.spi.Claim;
import dev.turnasync.spi.Settlement;
import java.sql.Connection;
import java.sql.SQLException;

/** Stores how a run ended, with its attempt and what it undid. */
final class RunEnd {

    private final QueueName name;
    private final QueueSql sql;

    RunEnd(QueueName name) {
        this.name = name;
        this.sql = new QueueSql(name);
    }

    /** Stores it in the current transaction, which began with the fence. Returns false when the entry is not the claim's to settle. */
    boolean store(Connection connection, Claim claim, Settlement settlement) throws SQLException {
        var delay = settlement.delay();
        var updated = Jdbc.update(
                connection,
                sql.settle(),
                settlement.status().name(),
                StoredText.words(settlement.reason()),
                delay == null ? null : delay.toMillis(),
                settlement.outcome() == Outcome.FAILED,
                claim.entry().id(),
                claim.token());
        if (updated != 1) {
            return false;
        }
        if (settlement.status() == EntryStatus.SUCCEEDED) {
            Undo.complete(connection, name, claim.entry());
        }
        return AttemptRow.of(claim).close(connection, sql, settlement);
    }
}

package dev.turnasync.jdbc;

import dev.turnasync.spi.Claim;
import dev.turnasync.spi.LeaseToken;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The lock on the lease row that only the valid token can take. */
final class Fence {

    /** What operators ask of a run, and the transaction in which they were asked. */
    record Asked(boolean toEnd, @Nullable String heldBy, long transaction) {}

    private final QueueName name;
    private final QueueSql sql;

    Fence(QueueName name) {
        this.name = name;
        this.sql = new QueueSql(name);
    }

    /** Takes it for a transaction of the claim's own attempt; empty when that is over, or somebody took over. */
    Optional<Asked> take(Connection connection, Claim claim) throws SQLException {
        return Jdbc.first(
                connection,
                sql.fenceOfRun(),
                row -> new Asked(row.getString("asked") != null, row.getString("held_by"), row.getLong("transaction")),
                name.historyTable(),
                claim.token(),
                claim.entry().id(),
                claim.attempt(),
                claim.token().holder(),
                claim.entry().id());
    }

    /** Takes it whatever the entry is in; false when somebody took over. */
    boolean take(Connection connection, LeaseToken token) throws SQLException {
        return Jdbc.first(connection, sql.fence(), row -> true, name.historyTable(), token)
                .isPresent();
    }
}

package dev.turnasync.jdbc;

import dev.turnasync.spi.Claim;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The stored checkpoints of entries. A run keeps in memory what it committed; behind a pooler it may outlive a failover that lost some of
 * it. So each checkpoint is moved on only from where the run left it.
 */
final class CheckpointRows {

    /** A step from one value to the next; from null for the first. */
    record Move(String name, @Nullable String before, String value) {}

    private final QueueSql sql;

    CheckpointRows(QueueName name) {
        this.sql = new QueueSql(name);
    }

    Map<String, String> read(Connection connection, Claim claim) throws SQLException {
        var found = new HashMap<String, String>();
        Jdbc.list(
                connection,
                sql.checkpoints(),
                row -> found.put(row.getString("name"), row.getString("value")),
                claim.entry().id());
        return found;
    }

    /** Returns false when what is stored is not what the run left there. */
    boolean move(Connection connection, Claim claim, Move move) throws SQLException {
        var entry = claim.entry().id();
        var moved = move.before() == null
                ? Jdbc.update(connection, sql.addCheckpoint(), entry, move.name(), move.value(), claim.token())
                : Jdbc.update(
                        connection,
                        sql.moveCheckpoint(),
                        move.value(),
                        claim.token(),
                        entry,
                        move.name(),
                        move.before());
        return moved == 1;
    }
}

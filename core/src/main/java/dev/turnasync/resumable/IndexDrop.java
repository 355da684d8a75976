package dev.turnasync.resumable;

import dev.turnasync.jdbc.Jdbc;
import dev.turnasync.resumable.IndexCatalog.Found;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** Drops indexes without blocking those who use their tables. */
final class IndexDrop {

    private final AsyncContext context;
    private final LockLadder ladder;

    IndexDrop(AsyncContext context, LockLadder ladder) {
        this.context = context;
        this.ladder = ladder;
    }

    void drop(QualifiedName name) throws Exception {
        var found = context.inTransaction(tx -> droppable(tx.connection(), name));
        if (found.isEmpty()) {
            return;
        }
        var index = found.get();
        context.log("dropping the index " + index.name());
        if (index.partitioned()) {
            dropTree(index);
            return;
        }
        try (var session = new NoTimeouts(context.getConnection())) {
            session.execute("DROP INDEX CONCURRENTLY IF EXISTS " + index.name().sql());
        }
    }

    private static Optional<Found> droppable(Connection connection, QualifiedName name) throws SQLException {
        var found = IndexCatalog.find(connection, name);
        if (found.isPresent()) {
            Jdbc.first(
                            connection,
                            "SELECT conname FROM pg_catalog.pg_constraint WHERE conindid = ? AND contype IN ('p', 'u', 'x')",
                            row -> row.getString(1),
                            found.get().oid())
                    .ifPresent(constraint -> refuse(found.get(), constraint));
        }
        return found;
    }

    private static void refuse(Found index, String constraint) {
        throw Refusal.of("the index " + index.name() + " belongs to the constraint " + constraint
                + ", and goes with it. Drop the constraint in run(\"ALTER TABLE … DROP CONSTRAINT IF EXISTS …\").");
    }

    /** PostgreSQL cannot drop the index of a partitioned table concurrently; to drop it takes no time, once it has its locks. */
    private void dropTree(Found index) throws Exception {
        var table = context.inTransaction(tx -> Table.find(tx.connection(), index.table()));
        ladder.run("drop the index " + index.name(), List.of(table), tx -> {
            Jdbc.execute(tx.connection(), "DROP INDEX IF EXISTS " + index.name().sql());
            return index;
        });
    }
}

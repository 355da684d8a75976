package dev.turnasync.resumable;

import dev.turnasync.jdbc.Jdbc;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** Makes an index that was built concurrently the index of a unique constraint. */
final class UniqueConstraint {

    private final LockLadder ladder;
    private final IndexDrop drop;
    private final Table table;
    private final String name;
    private final QualifiedName index;

    UniqueConstraint(AsyncContext context, LockLadder ladder, Table table, UniqueNames names) {
        this.ladder = ladder;
        this.drop = new IndexDrop(context, ladder);
        this.table = table;
        this.name = names.constraint();
        this.index = new QualifiedName(table.name().schema(), names.index());
    }

    /** The names of a constraint and of its index before it is one. */
    record UniqueNames(String constraint, String index) {}

    void add() throws Exception {
        if (table.partitioned()) {
            throw Refusal.of("PostgreSQL cannot make an index of " + table
                    + " that of a constraint, since it is partitioned."
                    + " A unique index by createIndexConcurrently(…) holds rows to the same, and serves foreign keys and"
                    + " ON CONFLICT (…), so best leave it at that. To have a constraint, build an index on each partition by"
                    + " itself and call uniqueConstraintUsingIndex(…) for that partition; then"
                    + " run(\"ALTER TABLE ONLY " + table + " ADD CONSTRAINT … UNIQUE (…)\"), and for each partition"
                    + " run(\"ALTER INDEX … ATTACH PARTITION …\").");
        }
        var left = ladder.run("add the constraint " + name + " to " + table, List.of(table), tx -> {
            var found = Constraints.find(tx.connection(), table, name);
            if (found.isPresent()) {
                return leftOver(tx.connection(), found.get());
            }
            requireUsable(tx.connection());
            Jdbc.execute(
                    tx.connection(),
                    "ALTER TABLE " + table.sql() + " ADD CONSTRAINT " + Identifiers.quote(name) + " UNIQUE USING INDEX "
                            + Identifiers.quote(index.name()));
            return Optional.<QualifiedName>empty();
        });
        if (left.isPresent()) {
            drop.drop(left.get());
        }
    }

    private void requireUsable(Connection connection) throws SQLException {
        var found = IndexCatalog.find(connection, index)
                .orElseThrow(() -> Refusal.of(
                        "there is no index " + index + ". Build it before with createIndexConcurrently(…)."));
        if (found.table() != table.oid() || !found.unique() || !found.valid()) {
            throw Refusal.of("the index " + index + " is no valid unique index on " + table + ": " + found.definition()
                    + ". Build one with createIndexConcurrently(…).");
        }
    }

    /**
     * The server gives the index the constraint's name. A migration that is run once more does not find it under its own and
     * builds it again; what it built is not needed.
     */
    private Optional<QualifiedName> leftOver(Connection connection, Constraints.Found constraint) throws SQLException {
        var own = IndexCatalog.find(connection, new QualifiedName(table.name().schema(), name));
        var other = IndexCatalog.find(connection, index);
        if (!List.of("u", "p").contains(constraint.kind()) || own.isEmpty()) {
            throw Refusal.of("the constraint " + name + " of " + table + " exists and is another one: "
                    + constraint.definition() + ". Choose another name.");
        }
        if (other.isEmpty() || other.get().oid() == own.get().oid()) {
            return Optional.empty();
        }
        if (other.get().table() != table.oid() || !other.get().means(own.get())) {
            throw Refusal.of("the constraint " + name + " of " + table + " exists with another index: "
                    + own.get().definition() + ". Wanted is: "
                    + other.get().definition() + ". Drop the constraint first, or choose another name.");
        }
        return Optional.of(index);
    }
}

package dev.turnasync.resumable;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.jdbc.Jdbc;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Adds a foreign key. Up to version 17, PostgreSQL adds none to a partitioned table that is not validated at once, under a lock that
 * stops its writers. So its partitions get theirs one by one, and the table last: the server takes over what the partitions have when
 * it is the same and validated, and reads no row.
 */
final class ForeignKeys {

    private static final int TRIES = 5;

    private final AsyncContext context;
    private final LockLadder ladder;
    private final Constraints constraints;
    private final ForeignKey key;

    ForeignKeys(AsyncContext context, LockLadder ladder, ForeignKey key) {
        this.context = context;
        this.ladder = ladder;
        this.constraints = new Constraints(context, ladder);
        this.key = key;
    }

    void add() throws Exception {
        var table = find(key.from());
        var referred = find(key.to());
        if (referred.unlogged() && !table.unlogged()) {
            throw Refusal.of("PostgreSQL allows no foreign key from " + table + " to " + referred
                    + ", which is unlogged and"
                    + " empty after a crash. Make it a logged one before, by run(\"ALTER TABLE " + referred.sql()
                    + " SET LOGGED\"), which writes all of it.");
        }
        if (!table.partitioned() || exists(table)) {
            addTo(table, referred);
            return;
        }
        for (var tries = 0; !addToPartitions(table, referred); tries++) {
            if (tries == TRIES) {
                throw new AsyncMigrationException(
                        "the partitions of " + table + " changed " + TRIES + " times while the foreign key "
                                + key.name() + " was added to them. Retry at a quieter time.");
            }
        }
    }

    private Table find(ForeignKey.End end) throws Exception {
        return context.inTransaction(
                tx -> Table.find(tx.connection(), end.table()).requireOwnRows());
    }

    private boolean exists(Table table) throws Exception {
        return context.inTransaction(tx -> Constraints.find(tx.connection(), table, key.name()))
                .isPresent();
    }

    private void addTo(Table table, Table referred) throws Exception {
        addUnvalidated(table, referred);
        constraints.validate(table, key.name());
    }

    private void addUnvalidated(Table table, Table referred) throws Exception {
        constraints.addUnvalidated(List.of(table, referred), key.name(), key.sql(referred), (connection, found) -> {
            if (parts(connection, table, key.name()).noneMatch(key.parts(referred)::equals)) {
                throw Constraints.differs(table, key.name(), found, key.sql(referred));
            }
        });
    }

    /** Others may take hours, and meanwhile this one may be dropped or detached: then it is left out. */
    private void addToPartition(Table table, Table leaf, Table referred) throws Exception {
        if (!isUnder(table, leaf) || context.inTransaction(tx -> has(tx.connection(), leaf, referred))) {
            return;
        }
        try {
            addUnvalidated(leaf, referred);
            if (isUnder(table, leaf)) {
                constraints.validate(leaf, key.name());
            }
        } catch (SQLException | AsyncMigrationException e) {
            if (isUnder(table, leaf)) {
                throw e;
            }
        }
    }

    private boolean isUnder(Table table, Table leaf) throws Exception {
        return context.inTransaction(tx -> leaves(tx.connection(), table)).stream()
                .anyMatch(now -> now.oid() == leaf.oid());
    }

    /** Returns false when there is a partition that has none yet. */
    private boolean addToPartitions(Table table, Table referred) throws Exception {
        for (var leaf : context.inTransaction(tx -> leaves(tx.connection(), table))) {
            addToPartition(table, leaf, referred);
        }
        var leaves = context.inTransaction(tx -> leaves(tx.connection(), table));
        var locked = Stream.concat(Stream.of(table, referred), leaves.stream()).toList();
        return ladder.run("add the constraint " + key.name() + " to " + table, locked, tx -> {
            Jdbc.execute(tx.connection(), "LOCK TABLE ONLY " + table.sql() + " IN SHARE ROW EXCLUSIVE MODE");
            for (var leaf : leaves(tx.connection(), table)) {
                if (!has(tx.connection(), leaf, referred)) {
                    return false;
                }
            }
            Jdbc.execute(
                    tx.connection(),
                    "ALTER TABLE " + table.sql() + " ADD CONSTRAINT " + Identifiers.quote(key.name()) + " "
                            + key.sql(referred));
            return true;
        });
    }

    /** Whether a partition has such a key, whatever its name, that all rows were seen to keep. */
    private boolean has(Connection connection, Table leaf, Table referred) throws SQLException {
        return parts(connection, leaf, null).anyMatch(key.parts(referred)::equals);
    }

    /** The partitions of all levels that have rows. */
    private List<Table> leaves(Connection connection, Table table) throws SQLException {
        Table.foreignPartition(connection, table).ifPresent(foreign -> {
            throw Refusal.of(table + " has the foreign partition " + foreign
                    + ", which can have no foreign key. Add it to each" + " partition of the others by itself.");
        });
        var leaves = new ArrayList<Table>();
        for (var partition : Table.partitions(connection, table.oid())) {
            leaves.addAll(partition.partitioned() ? leaves(connection, partition) : List.of(partition));
        }
        return leaves;
    }

    /** The foreign keys of a table: the one of that name, or all that were validated. */
    private static Stream<ForeignKey.Parts> parts(Connection connection, Table table, @Nullable String name)
            throws SQLException {
        return Jdbc.list(connection, """
                SELECT c.confrelid, c.confdeltype, c.confupdtype,
                    ARRAY(SELECT CAST(a.attname AS TEXT) FROM unnest(c.conkey) WITH ORDINALITY AS k (number, place)
                        JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number
                        ORDER BY k.place) AS columns,
                    ARRAY(SELECT CAST(a.attname AS TEXT) FROM unnest(c.confkey) WITH ORDINALITY AS k (number, place)
                        JOIN pg_catalog.pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.number
                        ORDER BY k.place) AS referred
                FROM pg_catalog.pg_constraint c
                WHERE c.conrelid = ? AND c.contype = 'f' AND c.confmatchtype = 's' AND NOT c.condeferrable
                    AND CASE WHEN CAST(? AS TEXT) IS NULL THEN c.convalidated ELSE c.conname = ? END""", ForeignKeys::readParts, table.oid(), name, name).stream();
    }

    private static ForeignKey.Parts readParts(ResultSet row) throws SQLException {
        return new ForeignKey.Parts(
                row.getLong("confrelid"),
                List.of((String[]) row.getArray("columns").getArray()),
                List.of((String[]) row.getArray("referred").getArray()),
                row.getString("confdeltype"),
                row.getString("confupdtype"));
    }
}

package dev.turnasync.resumable;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.jdbc.Jdbc;
import dev.turnasync.resumable.IndexCatalog.Found;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Creates the indexes of a table and of its partitions. The parent's index comes first and alone, so that partitions made from
 * then on get theirs by themselves; those of the partitions are built one by one without blocking, and attached.
 */
final class IndexTree {

    /**
     * A partition.
     *
     * @param table the partition
     * @param attached its index below that of the parent; empty when there is none yet
     */
    private record Partition(Table table, Optional<Found> attached) {}

    private final AsyncContext context;
    private final LockLadder ladder;
    private final IndexBuild build;

    IndexTree(AsyncContext context, LockLadder ladder) {
        this.context = context;
        this.ladder = ladder;
        this.build = new IndexBuild(context);
    }

    void create(Index index) throws Exception {
        create(index, context.inTransaction(tx -> {
            var table = Table.find(tx.connection(), index.table());
            refuseForeignPartitions(tx.connection(), table);
            Rehearsal.requireRight(tx.connection()); // which is needed after the build, and said before it
            return table;
        }));
    }

    /** The parent's index is valid once all partitions have theirs, and a foreign table has none. */
    private static void refuseForeignPartitions(Connection connection, Table table) throws SQLException {
        var foreign = Table.foreignPartition(connection, table);
        if (foreign.isPresent()) {
            throw Refusal.of(table + " has the foreign partition " + foreign.get()
                    + ", for which the index can never be valid. Build it on each of the other partitions by itself.");
        }
    }

    private void create(Index index, Table table) throws Exception {
        if (!table.partitioned()) {
            build.build(index, table);
            return;
        }
        var parent = createParent(index, table);
        for (var partition : context.inTransaction(tx -> partitions(tx.connection(), parent))) {
            if (partition.attached().filter(Found::valid).isEmpty()) {
                createPart(index, parent, partition);
            }
        }
        requireValid(index, table);
    }

    /** Creates the parent's index; one without those of its partitions, which takes no time. */
    private Found createParent(Index index, Table table) throws Exception {
        return ladder.run("create the index " + index, List.of(table), tx -> {
            var found = IndexCatalog.find(tx.connection(), index, table);
            if (found.isPresent()) {
                IndexCatalog.requireSame(tx.connection(), index, table, found.get());
                return found.get();
            }
            Jdbc.execute(tx.connection(), index.createSql("INDEX", "ONLY " + table.sql()));
            return IndexCatalog.find(tx.connection(), index, table).orElseThrow();
        });
    }

    private void createPart(Index index, Found parent, Partition partition) throws Exception {
        var table = partition.table();
        var name = partition
                .attached()
                .map(found -> found.name().name())
                .orElseGet(() -> Identifiers.join(table.name().name(), index.name()));
        var part = index.as(name, table);
        create(part, table);
        ladder.run("attach the index " + part, List.of(table), tx -> {
            // Attaching what is attached already does nothing.
            Jdbc.execute(
                    tx.connection(),
                    "ALTER INDEX " + parent.name().sql() + " ATTACH PARTITION "
                            + IndexCatalog.nameOf(part, table).sql());
            return part;
        });
    }

    private static List<Partition> partitions(Connection connection, Found parent) throws SQLException {
        var partitions = new ArrayList<Partition>();
        for (var table : Table.partitions(connection, parent.table())) {
            partitions.add(new Partition(table, attached(connection, parent, table)));
        }
        return partitions;
    }

    private static Optional<Found> attached(Connection connection, Found parent, Table table) throws SQLException {
        var name = Jdbc.first(
                connection,
                """
                SELECT n.nspname, c.relname
                FROM pg_catalog.pg_inherits i
                JOIN pg_catalog.pg_index x ON x.indexrelid = i.inhrelid
                JOIN pg_catalog.pg_class c ON c.oid = x.indexrelid
                JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                WHERE i.inhparent = ? AND x.indrelid = ?""",
                row -> new QualifiedName(row.getString(1), row.getString(2)),
                parent.oid(),
                table.oid());
        return name.isEmpty() ? Optional.empty() : IndexCatalog.find(connection, name.get());
    }

    /** A partition that was attached to the table in the meantime may have no index yet. */
    private void requireValid(Index index, Table table) throws Exception {
        var found = context.inTransaction(tx -> IndexCatalog.find(tx.connection(), index, table));
        if (found.filter(Found::valid).isEmpty()) {
            throw new AsyncMigrationException(
                    "the index " + index + " is not valid, because the partitions changed while it was built. Retry.");
        }
    }
}

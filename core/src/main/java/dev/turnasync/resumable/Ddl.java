package dev.turnasync.resumable;

import dev.turnasync.jdbc.Jdbc;
import dev.turnasync.resumable.Steps.StepWork;
import java.util.List;
import org.flywaydb.core.api.migration.Context;

/**
 * Schema changes for a database that is in use: none of them holds a lock for long that others wait for. Each may be called again,
 * also after a crash in the middle of it: it goes on with what it finds, and ends the same.
 *
 * <pre>{@code
 * var ddl = context.ddl();
 * ddl.addColumnIfMissing("orders", "region", "text");
 * ddl.createIndexConcurrently(Index.named("orders_region").on("orders").columns("region"));
 * ddl.setNotNull("orders", "region");
 * }</pre>
 *
 * <p>They commit in pieces, so they are for a migration whose {@code canExecuteInTransaction()} returns false, outside
 * {@link AsyncContext#inTransaction}. All of them are for PostgreSQL. Those that compare with what exists let the server define
 * the same on an empty temporary table that is rolled back, so the role needs the right {@code TEMPORARY} on the database.
 *
 * <p>A strong lock is waited for shortly, again and again, since all others queue up behind who waits for it: 100 ms at first, 2 s at
 * most, 30 times within about six minutes; who holds it is logged and reported. Then the migration fails, and is retried as its
 * policy says. What takes its time, such as building an index or validating a constraint, lets readers and writers pass, and
 * has no timeout.
 *
 * <p>A table is named {@code orders} or {@code shop.orders}. Names mean exactly what is written, upper and lower case included;
 * a part that has a dot in it stands in double quotes. What is called raw SQL goes to the server as it is: never let it come
 * from outside.
 */
public final class Ddl {

    private final AsyncContext context;
    private final LockLadder ladder;

    private Ddl(AsyncContext context, LockPolicy policy) {
        this.context = context;
        this.ladder = new LockLadder(context, policy);
    }

    /**
     * Returns the schema changes of a migration.
     *
     * @param context what {@code migrate} got
     * @return its schema changes
     */
    public static Ddl in(Context context) {
        return new Ddl(AsyncContext.of(context), LockPolicy.SHORT);
    }

    Ddl with(LockPolicy policy) {
        return new Ddl(context, policy);
    }

    /**
     * Builds an index while the table is written to. It waits for all transactions that are older, so leave none open. One that
     * an earlier build left unfinished is dropped and built anew, one that another session is building is waited for. When
     * rows have the same key, no unique index is left. A run that is cancelled may leave an unfinished index, which its next
     * attempt or {@link #dropIndexConcurrently} removes.
     *
     * <p>When {@code migrate} runs the migration itself, Flyway's own lock is such an open transaction, and the build would wait
     * for ever, so it is refused: set {@code flyway.postgresql.transactional.lock} to {@code false} there. A worker has no need
     * of it.
     *
     * <p>On a partitioned table the indexes of the partitions are built one by one, named after partition and index, and
     * attached. Conditions and expressions must not name the table then.
     *
     * @param index what it should be
     * @throws Exception if the database refuses
     * @throws dev.turnasync.api.AsyncMigrationException if the name belongs to another index or to something else, rows have
     *     the same unique key, a partition is a foreign table, or the connection goes through a pooler
     */
    public void createIndexConcurrently(Index index) throws Exception {
        requireNoTransaction();
        requireNoPooler("CREATE INDEX CONCURRENTLY");
        if (context instanceof InlineContext) {
            refuseBehindFlywaysLock();
        }
        new IndexTree(context, ladder).create(index);
    }

    /**
     * Drops an index while its table is in use; nothing happens when there is none. That of a partitioned table is dropped with
     * those of its partitions, under a strong lock for a moment.
     *
     * @param name its name, or {@code schema.name}
     * @throws Exception if the database refuses
     * @throws dev.turnasync.api.AsyncMigrationException if it is no index, or belongs to a constraint, or the connection goes
     *     through a pooler
     */
    public void dropIndexConcurrently(String name) throws Exception {
        requireNoTransaction();
        requireNoPooler("DROP INDEX CONCURRENTLY");
        new IndexDrop(context, ladder).drop(QualifiedName.parse(name));
    }

    /**
     * Adds a column. One that exists is left as it is when its type is the same, whatever its default and NOT NULL: these may
     * have been changed since.
     *
     * @param table the table
     * @param column the column's name
     * @param definition type, and default and NOT NULL where wanted, as raw SQL such as {@code integer NOT NULL DEFAULT 0}
     * @throws Exception if the database refuses
     * @throws dev.turnasync.api.AsyncMigrationException if the column has another type, or to add it would write or read the
     *     whole table, as a default does that differs from row to row
     */
    public void addColumnIfMissing(String table, String column, String definition) throws Exception {
        AddColumn.ifMissing(ladder, find(table), column, definition);
    }

    /**
     * Adds a check, then validates it while the table is written to. When rows break it, it stays and holds for rows written
     * from then on, which includes each change of those that break it; mend them and retry, or drop it.
     *
     * @param table the table
     * @param name the constraint's name
     * @param expression what must hold, as raw SQL
     * @throws Exception if the database refuses
     * @throws dev.turnasync.api.AsyncMigrationException if another constraint has that name, or rows break the check
     */
    public void addCheck(String table, String name, String expression) throws Exception {
        new Constraints(context, ladder).addCheck(find(table), name, expression);
    }

    /**
     * Adds a foreign key, then validates it while the tables are written to. When rows break it, it stays and holds for rows
     * written from then on; fix them and retry, or drop it.
     *
     * <p>On a partitioned table each partition gets it by itself, one by one and under the same name; in the end the table itself,
     * which takes them over without reading a row.
     *
     * @param key what it should be
     * @throws Exception if the database refuses
     * @throws dev.turnasync.api.AsyncMigrationException if another constraint has that name, rows break the foreign key, a partition
     *     is a foreign table, or the table is permanent and the one that is referred to is unlogged
     */
    public void addForeignKey(ForeignKey key) throws Exception {
        requireNoTransaction();
        new ForeignKeys(context, ladder, key).add();
    }

    /**
     * Lets a column be NOT NULL without reading the table under a strong lock. Meanwhile there is a check whose name ends with
     * {@code turnasync_not_null}; from its begin on, rows without a value are refused. When there are such rows already, the
     * check is dropped and all is as before. A worker that dies leaves the check until the next attempt.
     *
     * @param table the table
     * @param column the column
     * @throws Exception if the database refuses
     * @throws dev.turnasync.api.AsyncMigrationException if there are rows without a value; one of them is named
     */
    public void setNotNull(String table, String column) throws Exception {
        new NotNull(context, ladder, find(table), column).set();
    }

    /**
     * Makes a unique index the index of a unique constraint; the index gets the constraint's name. Best give it that name from
     * the start: else a second attempt builds an index of the old name again, which is dropped here.
     *
     * @param table the table
     * @param constraint the constraint's name
     * @param index the index's name, without a schema
     * @throws Exception if the database refuses
     * @throws dev.turnasync.api.AsyncMigrationException if the index is missing, not valid or not unique, another constraint
     *     has that name, or the table is partitioned
     */
    public void uniqueConstraintUsingIndex(String table, String constraint, String index) throws Exception {
        new UniqueConstraint(context, ladder, find(table), new UniqueConstraint.UniqueNames(constraint, index)).add();
    }

    /**
     * Runs statements that need a strong lock for a moment, such as to swap tables or to create a trigger, in one fenced
     * transaction. It is repeated as a whole until it gets its locks, and once more when the migration is: write the statements
     * so that they bear it ({@code IF EXISTS}, {@code CREATE OR REPLACE}), or use {@link #run(StepWork)} with a checkpoint.
     *
     * @param statements raw SQL
     * @throws Exception if the database refuses
     */
    public void run(String... statements) throws Exception {
        run(tx -> {
            for (var statement : statements) {
                Jdbc.execute(tx.connection(), statement);
            }
        });
    }

    /**
     * Runs work that needs a strong lock for a moment in one fenced transaction, which is repeated as a whole until it gets its
     * locks. A checkpoint stored in it tells a later attempt that it is done.
     *
     * @param work what to do
     * @throws Exception what the work threw, after a rollback
     */
    public void run(StepWork work) throws Exception {
        requireNoTransaction();
        ladder.run("run statements under a strong lock", List.of(), tx -> {
            work.run(tx);
            return context;
        });
    }

    /** Flyway keeps an advisory lock in a transaction that is open, and idle, as long as migrate runs. */
    private void refuseBehindFlywaysLock() throws Exception {
        var open = Jdbc.first(context.getConnection(), """
                SELECT a.pid
                FROM pg_catalog.pg_locks l
                JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
                JOIN pg_catalog.pg_stat_activity own ON own.pid = pg_backend_pid()
                WHERE l.locktype = 'advisory' AND l.granted AND a.state = 'idle in transaction' AND a.pid <> own.pid
                    AND a.datname = own.datname AND a.usename = own.usename
                    AND a.client_addr IS NOT DISTINCT FROM own.client_addr""", row -> row.getInt(1));
        if (open.isPresent()) {
            throw Refusal.of("migrate runs " + context.label() + " itself, and holds its lock in a transaction (pid "
                    + open.get()
                    + ") that a concurrent build would wait for. Set flyway.postgresql.transactional.lock=false,"
                    + " or let a worker run it as an async migration.");
        }
    }

    private Table find(String table) throws Exception {
        requireNoTransaction();
        return context.inTransaction(
                tx -> Table.find(tx.connection(), QualifiedName.parse(table)).requireOwnRows());
    }

    /** Outside a transaction its timeouts would be switched off in whatever connection the pooler has at hand, for others too. */
    private void requireNoPooler(String statement) throws Exception {
        if (Jdbc.isPooled(context.getConnection())) {
            throw Refusal.of(
                    statement + " in " + context.label()
                            + " needs a data source that goes around the connection pooler. Give the worker such a dataSource.");
        }
    }

    private void requireNoTransaction() throws Exception {
        if (!context.getConnection().getAutoCommit()) {
            throw Refusal.of(
                    context.label() + " changes the schema in pieces that are committed one by one, and is in a"
                            + " transaction. Let its canExecuteInTransaction() return false, and call this outside"
                            + " inTransaction(…).");
        }
    }
}

package dev.turnasync.jdbc;

import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.database.TestDatabase;
import dev.turnasync.spi.LeaseToken;
import dev.turnasync.spi.MigrationCatalog;
import dev.turnasync.spi.NewEntry;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A database with the queue's tables, a small history, and at most one entry, which can be put in any status. */
final class QueueRows implements AutoCloseable {

    static final QueueName NAME = new QueueName("public", "history");

    /** The token that an entry is RUNNING under when nobody else is meant. */
    static final LeaseToken STRANGER = new LeaseToken(4_711, UUID.randomUUID());

    private final TestDatabase database = TestDatabase.fresh();
    private final Connection connection;

    QueueRows() throws SQLException {
        connection = database.dataSource().getConnection();
        new QueueSchema(NAME.schema()).ensure(connection);
        database.execute("""
                CREATE TABLE history (
                    installed_rank INTEGER PRIMARY KEY, version TEXT, description TEXT, type TEXT, checksum INTEGER,
                    success BOOLEAN)""");
        Jdbc.update(connection, new QueueSql(NAME).addLeaseRow(), NAME.historyTable());
    }

    TestDatabase database() {
        return database;
    }

    Connection connection() {
        return connection;
    }

    JdbcQueueStore store() {
        return new JdbcQueueStore(database.dataSource(), NAME);
    }

    JdbcMigrationQueue queue() {
        return new JdbcMigrationQueue(database.dataSource(), NAME, new MigrationCatalog() {
            @Override
            public List<NewEntry> migrations() {
                return List.of();
            }

            @Override
            public boolean hookInstalled() {
                return true;
            }
        });
    }

    /** Replaces the entry by a new one of version 1 that is applied, QUEUED and its queue's head. */
    long head() {
        database.execute("""
                DELETE FROM async_schema_migrations;
                DELETE FROM history;
                INSERT INTO history VALUES (1, '1', 'one', 'JDBC', NULL, TRUE)""");
        return insert("1", 1);
    }

    /** Replaces the entry by one of a repeatable migration whose place a finished, newer one took. */
    long superseded() throws SQLException {
        database.execute("""
                DELETE FROM async_schema_migrations;
                DELETE FROM history;
                INSERT INTO history VALUES (1, NULL, 'one', 'JDBC', 7, TRUE)""");
        var id = insert(null, 1);
        force(insert(null, 2), EntryStatus.RUNNING, EntryStatus.SUCCEEDED);
        return id;
    }

    private long insert(@Nullable String version, int generation) {
        var row = database.column("""
                INSERT INTO async_schema_migrations
                    (history_table, entry_key, version, description, checksum, script, generation, reason)
                VALUES ('history', COALESCE(?::TEXT, 'R__one'), ?, 'one', 7, 'One', ?, 'a test')
                RETURNING id""", version, version, generation);
        return (Long) row.get(0);
    }

    /** Puts an entry into a status by a plain UPDATE, with all other columns as that status needs them. */
    void force(long id, @Nullable EntryStatus from, EntryStatus to) throws SQLException {
        force(id, from, to, STRANGER);
    }

    /** As {@link #force(long, EntryStatus, EntryStatus)}, RUNNING under a token of choice. */
    void force(long id, @Nullable EntryStatus from, EntryStatus to, LeaseToken token) throws SQLException {
        Jdbc.update(connection, """
                UPDATE async_schema_migrations
                SET came_from = ?, status = w.status, reason = 'a test',
                    worker = CASE WHEN w.status = 'RUNNING' THEN 'somebody' END,
                    token = CASE WHEN w.status = 'RUNNING' THEN w.token END, holder = w.holder,
                    next_attempt_at = CASE WHEN w.status = 'RETRYABLE' THEN clock_timestamp() END,
                    finished_at = CASE WHEN w.status IN ('SUCCEEDED', 'SKIPPED', 'UNDONE') THEN clock_timestamp() END,
                    attempt = 1, started_at = clock_timestamp()
                FROM (VALUES (CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS UUID))) AS w (status, token, holder)
                WHERE id = ?""", from == null ? null : from.name(), to.name(), token, id);
    }

    /** Puts an entry into a status on any legal way. */
    void force(long id, EntryStatus status, LeaseToken token) throws SQLException {
        force(id, status == EntryStatus.QUEUED ? null : before(status), status, token);
        Jdbc.update(connection, """
                INSERT INTO async_schema_attempts (entry_id, attempt, worker, token, holder)
                VALUES (?, 1, 'somebody', ?, ?)""", id, token);
    }

    private static EntryStatus before(EntryStatus status) {
        for (var from : EntryStatus.values()) {
            if (from.next().contains(status)) {
                return from;
            }
        }
        throw new AssertionError("nothing leads to " + status);
    }

    QueueEntry entry(long id) throws SQLException {
        return Jdbc.first(connection, new EntrySql(NAME).entryById(), EntryRow::entry, NAME.historyTable(), id)
                .orElseThrow();
    }

    EntryStatus status(long id) throws SQLException {
        return entry(id).status();
    }

    @Override
    public void close() throws SQLException {
        connection.close();
        database.close();
    }
}

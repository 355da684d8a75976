package dev.turnasync.jdbc;

import dev.turnasync.api.EntryStatus;
import dev.turnasync.spi.NewEntry;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * Adds an entry to the queue on Flyway's own connection and transaction. Idempotent: a {@code migrate} that is repeated after
 * its history commit failed finds its entry and makes no second one.
 *
 * <p>Flyway calls this only for a migration that its history does not list as applied. So, under Flyway's lock:
 *
 * <ol>
 *   <li>When the newest entry of the migration was never claimed and the history does not stand behind it, it is what an
 *       earlier, failed {@code migrate} left: it is brought up to date and used.
 *   <li>Else a new generation is added; an entry that was ever claimed is history and stays as it is.
 * </ol>
 */
public final class JdbcEnqueuer {

    private JdbcEnqueuer() {}

    /**
     * Queues a migration; creates TurnAsync's tables first when they are missing.
     *
     * @param connection Flyway's migration connection, whose current schema is that of the history
     * @param entry the migration
     * @throws SQLException if the database refuses
     * @throws dev.turnasync.api.SchemaMismatchException if the database is not supported, or the tables are missing and may
     *     not be created, or they are too new for this program
     */
    public static void enqueue(Connection connection, NewEntry entry) throws SQLException {
        QueueSchema.requirePostgresql(connection);
        var name = QueueName.resolve(connection, null, entry.historyTable());
        new QueueSchema(name.schema()).ensure(connection);
        var entries = new EntrySql(name);
        Jdbc.update(connection, new QueueSql(name).addLeaseRow(), name.historyTable());
        var reused = Jdbc.update(
                connection,
                entries.reuseEntry(),
                name.historyTable(),
                entry.key(),
                entry.description(),
                entry.checksum(),
                entry.script(),
                entry.terms().maxAttempts(),
                entry.terms().window(),
                StoredText.words(entry.terms().hold() ? Start.HELD.reason() : null));
        if (reused == 0) {
            add(connection, name, entry, entry.terms().hold() ? Start.HELD : Start.IN_QUEUE);
        }
        Notifications.send(connection, name);
    }

    /** Adds a new generation of an entry that begins as anything but RUNNING. Returns false when somebody else was quicker. */
    static boolean add(Connection connection, QueueName name, NewEntry entry, Start start) throws SQLException {
        new Sequences(name).prepareEntry(connection);
        var added = Jdbc.update(
                connection,
                new EntrySql(name).addEntry(),
                name.historyTable(),
                entry.key(),
                entry.version(),
                entry.description(),
                entry.checksum(),
                entry.script(),
                entry.terms().maxAttempts(),
                entry.terms().window(),
                start.status().name(),
                StoredText.words(start.reason()),
                start.applied());
        return added > 0;
    }

    /** How an entry begins, and whether the history lists its migration already. */
    record Start(EntryStatus status, String reason, boolean applied) {

        static final Start IN_QUEUE = new Start(EntryStatus.QUEUED, "waits for its turn", false);
        static final Start HELD =
                new Start(EntryStatus.PAUSED, "needs approval, since it is @Async(hold = true)", false);
    }
}

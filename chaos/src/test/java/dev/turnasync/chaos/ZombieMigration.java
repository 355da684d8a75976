package dev.turnasync.chaos;

import dev.turnasync.api.Async;
import dev.turnasync.jdbc.Jdbc;
import dev.turnasync.resumable.AsyncContext;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.migration.Context;
import org.flywaydb.core.api.migration.JavaMigration;
import org.jspecify.annotations.Nullable;

/** Writes batches to the journal, can be stopped in one of them at each attempt, and tells when it was refused there. */
@Async
final class ZombieMigration implements JavaMigration {

    /** Where it can be stopped. */
    enum Moment {
        /** Within the batch's transaction, when its row is written. */
        IN_BATCH(1),
        /** Before that transaction begins. */
        BETWEEN(2);

        /** The version of the migration that stops there. */
        private final int number;

        Moment(int number) {
            this.number = number;
        }
    }

    /** The batch in which it can be stopped. */
    static final int BATCH = 5;

    /** What it needs in the database. */
    static final String TABLES = """
            CREATE FUNCTION meet(moment INTEGER) RETURNS VOID LANGUAGE plpgsql SET lock_timeout = 0 AS $$
            BEGIN
                PERFORM pg_advisory_xact_lock_shared(4711, moment);
            END $$;
            CREATE TABLE refused (migration INTEGER, attempt INTEGER)""";

    private final Moment moment;
    private final String worker;

    private ZombieMigration(Moment moment, RunnerOptions options) {
        this.moment = moment;
        this.worker = options.text("worker");
    }

    static JavaMigration[] of(RunnerOptions options) {
        return Arrays.stream(Moment.values())
                .map(moment -> new ZombieMigration(moment, options))
                .toArray(JavaMigration[]::new);
    }

    static int number(Moment moment) {
        return moment.number;
    }

    /** The advisory lock at which an attempt meets whoever holds it. */
    static int lock(Moment moment, int attempt) {
        return number(moment) * 1_000 + attempt;
    }

    @Override
    public MigrationVersion getVersion() {
        return MigrationVersion.fromVersion(Integer.toString(number(moment)));
    }

    @Override
    public String getDescription() {
        return moment.name();
    }

    @Override
    public @Nullable Integer getChecksum() {
        return null;
    }

    @Override
    public boolean canExecuteInTransaction() {
        return false;
    }

    @Override
    public void migrate(Context flyway) throws Exception {
        var context = AsyncContext.of(flyway);
        for (var batch = done(context.getConnection()) + 1; batch <= Workload.BATCHES; batch++) {
            try {
                write(context, batch);
            } catch (Exception e) {
                if (batch == BATCH) {
                    tellRefused(flyway, context.attempt());
                }
                throw e;
            }
        }
    }

    /** Without a checkpoint, which would be a wall by itself: it is moved on only from where a run left it. */
    private int done(Connection connection) throws SQLException {
        return Jdbc.first(
                        connection,
                        "SELECT COALESCE(max(batch), 0) FROM journal WHERE migration = ?",
                        row -> row.getInt(1),
                        number(moment))
                .orElse(0);
    }

    private void write(AsyncContext context, int batch) throws Exception {
        if (batch == BATCH && moment == Moment.BETWEEN) {
            meet(context.getConnection(), context.attempt());
        }
        context.inTransaction(transaction -> {
            Jdbc.update(
                    transaction.connection(),
                    "INSERT INTO journal (migration, batch, attempt, worker) VALUES (?, ?, ?, ?)",
                    number(moment),
                    batch,
                    context.attempt(),
                    worker);
            if (batch == BATCH && moment == Moment.IN_BATCH) {
                meet(transaction.connection(), context.attempt());
            }
            return batch;
        });
    }

    private void meet(Connection connection, int attempt) throws SQLException {
        Jdbc.list(connection, "SELECT meet(?)", row -> true, lock(moment, attempt));
    }

    private void tellRefused(Context flyway, int attempt) throws SQLException {
        try (var own = flyway.getConfiguration().getDataSource().getConnection()) {
            Jdbc.update(own, "INSERT INTO refused (migration, attempt) VALUES (?, ?)", number(moment), attempt);
        }
    }
}

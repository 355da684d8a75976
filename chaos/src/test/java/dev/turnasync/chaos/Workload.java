package dev.turnasync.chaos;

import dev.turnasync.api.Async;
import dev.turnasync.resumable.AsyncContext;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.stream.IntStream;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.migration.Context;
import org.flywaydb.core.api.migration.JavaMigration;
import org.jspecify.annotations.Nullable;

/** Migrations that write each of their batches to the table {@code journal}. */
@Async
final class Workload implements JavaMigration {

    /** How many batches a migration has. */
    static final int BATCHES = 10;

    /** How a migration writes its batches. */
    enum Style {
        /** Each batch with its checkpoint in a fenced transaction. */
        BATCHES,
        /** All batches in one transaction. */
        WHOLE,
        /** Each batch by itself in autocommit mode, from the start at each attempt: at least once. */
        PLAIN
    }

    private final int number;
    private final RunnerOptions options;

    private Workload(int number, RunnerOptions options) {
        this.number = number;
        this.options = options;
    }

    static JavaMigration[] of(RunnerOptions options) {
        return switch (options.text("workload")) {
            case "index" -> new JavaMigration[] {new IndexMigration()};
            case "sleep" -> new JavaMigration[] {new SleepMigration()};
            case "backfill" -> BackfillMigration.of(options);
            case "zombie" -> ZombieMigration.of(options);
            default -> batches(options);
        };
    }

    private static JavaMigration[] batches(RunnerOptions options) {
        return IntStream.rangeClosed(1, options.number("migrations"))
                .mapToObj(number -> new Workload(number, options))
                .toArray(JavaMigration[]::new);
    }

    /**
     * Most migrations write batches. Behind a transaction pooler none is plain: there a frozen worker's session cannot be ended
     * by whoever takes over, since it has no session of its own between its statements.
     */
    static Style style(int number, RunnerOptions options) {
        return switch (number % 10) {
            case 4 -> Style.WHOLE;
            case 7 -> options.is("pooler") ? Style.BATCHES : Style.PLAIN;
            default -> Style.BATCHES;
        };
    }

    @Override
    public MigrationVersion getVersion() {
        return MigrationVersion.fromVersion(Integer.toString(number));
    }

    @Override
    public String getDescription() {
        return "step " + number;
    }

    @Override
    public @Nullable Integer getChecksum() {
        return null;
    }

    @Override
    public boolean canExecuteInTransaction() {
        return style(number, options) == Style.WHOLE;
    }

    @Override
    public void migrate(Context flyway) throws Exception {
        if (options.is("traps")) {
            BodyFaults.fall(flyway.getConfiguration(), options.text("worker"));
        }
        var context = AsyncContext.of(flyway);
        if (style(number, options) == Style.BATCHES) {
            inBatches(context);
            return;
        }
        for (var batch = 1; batch <= BATCHES; batch++) {
            write(context.getConnection(), context.attempt(), batch);
        }
    }

    private void inBatches(AsyncContext context) throws Exception {
        var done = context.checkpoint().map(Integer::parseInt).orElse(0);
        for (var next = done + 1; next <= BATCHES; next++) {
            var batch = next;
            context.inTransaction(transaction -> {
                write(transaction.connection(), context.attempt(), batch);
                transaction.checkpoint(Integer.toString(batch));
                return batch;
            });
            context.progress(batch, BATCHES);
        }
    }

    private void write(Connection connection, int attempt, int batch) throws SQLException {
        try (var pause = connection.prepareStatement("SELECT pg_sleep(?)")) {
            pause.setDouble(1, options.number("pause") / 1_000.0);
            pause.execute();
        }
        try (var insert = connection.prepareStatement("""
                INSERT INTO journal (migration, batch, attempt, worker)
                VALUES (?, ?, ?, ?)""")) {
            insert.setInt(1, number);
            insert.setInt(2, batch);
            insert.setInt(3, attempt);
            insert.setString(4, options.text("worker"));
            insert.executeUpdate();
        }
    }
}

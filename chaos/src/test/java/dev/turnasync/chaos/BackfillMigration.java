package dev.turnasync.chaos;

import dev.turnasync.api.Async;
import dev.turnasync.jdbc.Jdbc;
import dev.turnasync.resumable.AsyncContext;
import dev.turnasync.resumable.Backfill;
import dev.turnasync.resumable.Batch;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.migration.Context;
import org.flywaydb.core.api.migration.JavaMigration;
import org.jspecify.annotations.Nullable;

/**
 * Changes every row of one table, in a way that shows how often: a counter grows by one, and a text by one word. Version 1 does so
 * with the table {@code calm}, where nothing goes wrong, and version 2 with the table {@code target}.
 */
@Async
final class BackfillMigration implements JavaMigration {

    /** How it is written. */
    enum Form {
        /** One UPDATE for each batch. */
        SQL,
        /** Java code that changes a batch and copies it to a table without a key. */
        JAVA,
        /** One UPDATE for each batch, in two sessions. */
        PARALLEL,
        /** A canary: Java code that changes a batch in a transaction of its own, beside the one that stores the checkpoint. */
        LEAKY
    }

    private static final String CHANGE = "counter = counter + 1, words = words || '/' || md5(n::text || words)";

    private final int version;
    private final String table;
    private final RunnerOptions options;

    private BackfillMigration(int version, String table, RunnerOptions options) {
        this.version = version;
        this.table = table;
        this.options = options;
    }

    static JavaMigration[] of(RunnerOptions options) {
        return new JavaMigration[] {
            new BackfillMigration(1, "calm", options), new BackfillMigration(2, "target", options)
        };
    }

    @Override
    public MigrationVersion getVersion() {
        return MigrationVersion.fromVersion(Integer.toString(version));
    }

    @Override
    public String getDescription() {
        return "backfill " + table;
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
        var form = Form.valueOf(options.text("form"));
        var backfill = context.backfill().over(table);
        if (options.text("batch") != null) {
            backfill.batchSize(options.number("batch"), options.number("batch"));
        }
        if (options.text("target") != null) {
            backfill.target(Duration.ofMillis(options.number("target")));
        }
        var changed = changed(backfill, form, flyway.getConfiguration().getDataSource());
        context.inTransaction(transaction -> Jdbc.update(
                transaction.connection(), "INSERT INTO told (name, changed) VALUES (?, ?)", table, changed));
    }

    private long changed(Backfill backfill, Form form, DataSource dataSource) throws Exception {
        return switch (form) {
            case SQL -> backfill.set(CHANGE).run();
            case PARALLEL -> backfill.set(CHANGE).parallelism(2).run();
            case JAVA -> backfill.run(this::changeAndCopy);
            case LEAKY -> backfill.run(batch -> changeElsewhere(batch, dataSource));
        };
    }

    private void changeAndCopy(Batch batch) throws SQLException {
        var connection = batch.connection();
        Jdbc.update(connection, "UPDATE " + table + " SET " + CHANGE + " WHERE " + batch.condition());
        Jdbc.update(
                connection,
                "INSERT INTO audit (name, n, counter) SELECT ?, a.n, a.counter FROM " + table + " a WHERE "
                        + batch.range("a"),
                table);
    }

    private void changeElsewhere(Batch batch, DataSource dataSource) throws SQLException {
        try (var own = dataSource.getConnection()) {
            Jdbc.update(own, "UPDATE " + table + " SET " + CHANGE + " WHERE " + batch.condition());
        }
    }
}

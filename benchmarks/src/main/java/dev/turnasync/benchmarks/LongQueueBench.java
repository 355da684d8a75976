package dev.turnasync.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import dev.turnasync.AsyncMigrations;
import dev.turnasync.benchmarks.backfill.Document;
import dev.turnasync.benchmarks.backfill.Part.Result;
import dev.turnasync.benchmarks.backfill.Stats;
import dev.turnasync.benchmarks.backfill.Targets;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** How long operators and workers wait for a queue with many finished entries, and writes docs/performance.md. */
@Command(
        name = "long-queue",
        mixinStandardHelpOptions = true,
        description =
                "Measures list, check and claim on a queue with many finished entries, and writes docs/performance.md.")
final class LongQueueBench implements Callable<Integer> {

    private static final double MOST_MILLIS = 50;
    private static final int SHOWN = 20;
    private static final int BEHIND = 10_000_000;

    /** What is measured. */
    @FunctionalInterface
    private interface Look {
        void at(AsyncMigrations async);
    }

    private record Measured(String what, Stats millis) {}

    @Option(names = "--finished", defaultValue = "100000", description = "Finished entries. Default: ${DEFAULT-VALUE}.")
    private int finished;

    @Option(names = "--rounds", defaultValue = "101", description = "Of each. Default: ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(names = "--docs", defaultValue = "../docs", description = "The folder to write to; \"\" for none.")
    private String docs = "";

    @Override
    public Integer call() throws Exception {
        try (var server = EmbeddedPostgres.start();
                var pool = new HikariDataSource()) {
            pool.setJdbcUrl(server.getJdbcUrl("postgres", "postgres"));
            fill(pool);
            try (var async = AsyncMigrations.of(flyway(pool, 3 * rounds))) {
                var fresh = measure(async, "without statistics");
                execute(pool, "ANALYZE");
                var known = measure(async, "with statistics");
                var all = new ArrayList<>(fresh);
                all.addAll(known);
                report(all);
            }
        }
        return CommandLine.ExitCode.OK;
    }

    /** Finished entries with an attempt each, and after them some that are queued. */
    private void fill(DataSource pool) throws SQLException {
        execute(pool, "CREATE TABLE ran (number INT PRIMARY KEY)");
        var flyway = flyway(pool, 3 * rounds);
        flyway.baseline();
        flyway(pool, 1).migrate();
        execute(pool, "DELETE FROM async_schema_migrations; DELETE FROM flyway_schema_history WHERE version = '1'");
        execute(pool, """
                INSERT INTO flyway_schema_history
                    (installed_rank, version, description, type, script, installed_by, execution_time, success)
                SELECT 10 + n, CAST(%2$d + n AS TEXT), 'finished', 'JDBC', 'V__Finished', 'bench', 1, TRUE
                FROM generate_series(1, %1$d) AS n;
                INSERT INTO async_schema_migrations
                    (history_table, entry_key, version, description, script, status, came_from, attempt, started_at,
                     finished_at, after_rank)
                SELECT 'flyway_schema_history', version, version, description, script, 'SUCCEEDED', 'RUNNING', 1,
                    clock_timestamp(), clock_timestamp(), installed_rank - 1
                FROM flyway_schema_history
                WHERE description = 'finished';
                INSERT INTO async_schema_attempts (entry_id, attempt, worker, token, finished_at, outcome)
                SELECT id, 1, 'bench', 1, clock_timestamp(), 'SUCCEEDED' FROM async_schema_migrations""".formatted(finished, BEHIND));
        flyway.migrate();
    }

    private static Flyway flyway(DataSource pool, int migrations) {
        return Flyway.configure()
                .dataSource(pool)
                .locations("classpath:dev/turnasync/nothing")
                .baselineVersion("0")
                .outOfOrder(true)
                .ignoreMigrationPatterns("*:missing", "*:future")
                .javaMigrations(Trivial.some(migrations))
                .load();
    }

    private List<Measured> measure(AsyncMigrations async, String when) {
        return List.of(
                time(
                        "list, the last " + SHOWN + " finished ones, " + when,
                        async,
                        it -> it.queue().recent(SHOWN)),
                time("check-queue, " + when, async, it -> it.queue().check()),
                time(
                        "claim, run and settle one entry, " + when,
                        async,
                        it -> it.worker().drainOne()));
    }

    private Measured time(String what, AsyncMigrations async, Look look) {
        var millis = new ArrayList<Double>();
        for (var round = 0; round < rounds; round++) {
            var start = System.nanoTime();
            look.at(async);
            millis.add((System.nanoTime() - start) / 1e6);
        }
        return new Measured(what, new Stats(millis));
    }

    private void report(List<Measured> measured) throws Exception {
        var lines = new ArrayList<String>();
        lines.add(String.format(
                Locale.ROOT,
                "%,d finished entries, milliseconds, %d rounds:%n%n| | median | min–max |%n|---|---:|---:|",
                finished,
                rounds));
        var targets = new Targets();
        for (var one : measured) {
            lines.add("| " + one.what() + " | " + one.millis().cells("%.1f") + " |");
            targets = targets.atMost(one.what() + ", ms", one.millis().median(), MOST_MILLIS);
        }
        lines.add("");
        lines.add(targets.table());
        var result = new Result(String.join("\n", lines), Map.of());
        System.out.println(result.text());
        if (!docs.isEmpty()) {
            new Document(Path.of(docs)).write("long queue", result);
        }
    }

    private static void execute(DataSource database, String sql) throws SQLException {
        try (var connection = database.getConnection();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}

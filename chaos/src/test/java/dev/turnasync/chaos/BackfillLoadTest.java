package dev.turnasync.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.turnasync.chaos.BackfillMigration.Form;
import dev.turnasync.chaos.Writers.Habit;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An application writes to a table while a backfill with default options changes it: every write survives, every row is changed
 * once, and the application meets neither a deadlock nor another error.
 */
@EnabledOnOs({OS.LINUX, OS.MAC})
class BackfillLoadTest {

    private static final int ROWS = 100_000;
    private static final int MANY_ROWS = Integer.getInteger("chaos.rows", 400_000);
    private static final Duration PATIENCE = Duration.ofMinutes(8);

    private final RunnerOptions options = BackfillRun.options(Form.SQL).with("lease", 10_000);
    private final Postgres postgres = Postgres.shared();
    private Database database;
    private BackfillTables tables;

    @BeforeEach
    void createDatabase() {
        database = postgres.database(options);
        tables = new BackfillTables(database);
    }

    @AfterEach
    void drop() {
        postgres.drop(database);
    }

    /** What the application met and lost, and how the attempts ended. */
    private record Seen(List<String> findings, List<String> outcomes) {}

    private Seen run(String name, int rows, Habit habit) {
        return run(name, rows, habit, options);
    }

    private Seen run(String name, int rows, Habit habit, RunnerOptions told) {
        tables.create(rows, false);
        database.execute("TRUNCATE calm");
        var logs = Path.of("target", "chaos", "load-" + name).toAbsolutePath();
        var writers = new Writers(database.dataSource(), habit, rows);
        try (var fleet = new Fleet(told, database, postgres.port(), logs);
                writers) {
            writers.start(Long.getLong("chaos.seed", 1));
            fleet.start(1);
            await("success of " + name)
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> {
                        writers.front(tables.done());
                        return tables.isDone();
                    });
            fleet.stop();
        }
        var seen = new Seen(writers.findings(database), tables.outcomes());
        System.out.println("load " + name + ": " + writers.summary() + "; attempts " + seen.outcomes() + "; "
                + database.number("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
                + " deadlocks, backfill took "
                + database.number("""
                        SELECT EXTRACT(EPOCH FROM finished_at - started_at) * 1000
                        FROM async_schema_migrations
                        WHERE version = '2'""") + " ms");
        return seen;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void losesNoWriteOfAnApplication(boolean ascending) {
        var seen = run("short-" + ascending, ROWS, new Habit(4, ascending, 0, 0));

        assertThat(seen.findings()).isEmpty();
        assertThat(seen.outcomes()).containsExactly("SUCCEEDED");
    }

    @Tag("chaos")
    @Timeout(value = 30, unit = TimeUnit.MINUTES)
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void losesNoWriteOfAnApplicationInALongRun(boolean ascending) {
        var seen = run("long-" + ascending, MANY_ROWS, new Habit(8, ascending, 0, 20_000));

        assertThat(seen.findings()).isEmpty();
        assertThat(seen.outcomes()).containsExactly("SUCCEEDED");
    }

    /** Batches and application wait for each other, in both directions; Java code, too. */
    @Tag("chaos")
    @Timeout(value = 30, unit = TimeUnit.MINUTES)
    @ParameterizedTest
    @CsvSource({"SQL, 500, true", "SQL, 500, false", "JAVA, 500, false"})
    void letsNoDeadlockStrikeAnApplicationThatHoldsItsLocks(Form form, int target, boolean ascending) {
        var name = "hostile-" + form + "-" + target + "-" + ascending;
        var told = options.with("form", form).with("target", target);
        var seen = run(name, ROWS / 2, new Habit(12, ascending, 800, 4_000), told);

        assertThat(seen.findings()).isEmpty();
    }
}

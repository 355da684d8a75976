package dev.turnasync.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.database.TestDatabase;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import java.sql.SQLException;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.migration.JavaMigration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every claim and every look asks must not compare each entry with each other, whatever statistics there are. */
class EntrySqlPlanTest {

    private static final int ENTRIES = 300;
    private static final Pattern COMPARED = Pattern.compile("Rows Removed by Join Filter: (\\d+)");
    private static final TestDatabase LONG = TestDatabase.fresh();
    private static final QueueName NAME = new QueueName("public", "flyway_schema_history");

    static Stream<String> statements() {
        var head = new HeadSql(NAME);
        return Stream.of(new EntrySql(NAME).skipSuperseded(), head.head(), head.headAndLease());
    }

    @ParameterizedTest
    @MethodSource("statements")
    void staysLinearWithoutStatisticsAndWithThem(String statement) throws SQLException {
        var migrations = IntStream.rangeClosed(1, ENTRIES)
                .mapToObj(n -> Script.async(Integer.toString(n), context -> {}))
                .toArray(JavaMigration[]::new);
        try (var build = Deployment.of(migrations).migrate()) {
            assertThat(compared(build, statement)).isLessThan(10 * ENTRIES);
            build.database().execute("ANALYZE");
            assertThat(compared(build, statement)).isLessThan(10 * ENTRIES);
        }
    }

    static Stream<String> quick() {
        var head = new HeadSql(NAME);
        var entries = new EntrySql(NAME);
        var runs = new QueueSql(NAME);
        return Stream.of(
                head.head(),
                head.headAndLease(),
                entries.skipSuperseded(),
                entries.recentEntries(),
                entries.entryById(),
                entries.entriesByKey(),
                entries.queued(),
                runs.lostEntries(),
                runs.claim());
    }

    /** However many entries are finished, nothing reads them all. */
    @ParameterizedTest
    @MethodSource("quick")
    void readsNotAllFinishedEntries(String statement) throws SQLException {
        var plan = String.join("\n", plan(statement));

        assertThat(plan).contains("Index").doesNotContain("Seq Scan on async_schema_migrations");
    }

    @ParameterizedTest
    @MethodSource("statementsOnHistory")
    void readsNotTheWholeHistory(String statement) throws SQLException {
        assertThat(String.join("\n", plan(statement))).doesNotContain("Seq Scan on flyway_schema_history");
    }

    static Stream<String> statementsOnHistory() {
        return Stream.of(
                new HeadSql(NAME).head(), new HeadSql(NAME).headAndLease(), new EntrySql(NAME).recentEntries());
    }

    private static List<String> plan(String statement) throws SQLException {
        var generic = statement
                .replaceAll("= ANY \\(\\?\\)", "= ANY (ARRAY['1', '2'])")
                .replaceAll("(history_table|h\\.history_table) = \\?", "$1 = 'flyway_schema_history'")
                .replaceAll("LIMIT \\?", "LIMIT 20")
                .replaceAll("entry_key = \\?", "entry_key = '7'")
                .replaceAll("token = \\?", "token = 7")
                .replaceAll("holder (=|<>) \\?", "holder $1 gen_random_uuid()")
                .replaceAll("worker = \\?", "worker = 'w'")
                .replaceAll("\\?", "7");
        try (var connection = LONG.dataSource().getConnection()) {
            return Jdbc.list(connection, "EXPLAIN " + generic, row -> row.getString(1));
        }
    }

    @BeforeAll
    static void fill() {
        LONG.execute("CREATE TABLE journal (n SERIAL, what TEXT)");
        Flyway.configure()
                .dataSource(LONG.dataSource())
                .locations("classpath:dev/turnasync/nothing")
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .javaMigrations(Script.async("1000000", context -> {}))
                .load()
                .migrate();
        LONG.execute("""
                INSERT INTO flyway_schema_history
                    (installed_rank, version, description, type, script, installed_by, execution_time, success)
                SELECT 10 + n, CAST(n AS TEXT), 'finished', 'JDBC', 'V__Finished', 'test', 1, TRUE
                FROM generate_series(1, 20000) AS n;
                INSERT INTO async_schema_migrations
                    (history_table, entry_key, version, description, script, status, came_from, attempt, started_at,
                     finished_at, after_rank)
                SELECT 'flyway_schema_history', version, version, description, script, 'SUCCEEDED', 'RUNNING', 1,
                    clock_timestamp(), clock_timestamp(), installed_rank - 1
                FROM flyway_schema_history
                WHERE description = 'finished';
                UPDATE async_schema_migrations SET after_rank = 20010 WHERE status = 'QUEUED';
                UPDATE flyway_schema_history SET installed_rank = 20011 WHERE version = '1000000';
                ANALYZE""");
    }

    @AfterAll
    static void drop() {
        LONG.close();
    }

    /** How many rows a join compared in vain. */
    private static long compared(Deployment build, String statement) throws SQLException {
        var arguments = Collections.nCopies(
                (int) statement.chars().filter(c -> c == '?').count(), NAME.historyTable());
        try (var connection = build.database().dataSource().getConnection()) {
            return Jdbc.list(
                            connection,
                            "EXPLAIN (ANALYZE, COSTS OFF) " + statement,
                            row -> row.getString(1),
                            arguments.toArray())
                    .stream()
                    .map(COMPARED::matcher)
                    .filter(matcher -> matcher.find())
                    .mapToLong(matcher -> Long.parseLong(matcher.group(1)))
                    .sum();
        }
    }
}

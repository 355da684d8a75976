package dev.turnasync.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import java.sql.SQLException;
import java.util.Collections;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.flywaydb.core.api.migration.JavaMigration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every claim and every look asks must not compare each entry with each other, whatever statistics there are. */
class EntrySqlPlanTest {

    private static final int ENTRIES = 300;
    private static final Pattern COMPARED = Pattern.compile("Rows Removed by Join Filter: (\\d+)");
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

package dev.turnasync.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Nodes that are deployed over, one after the other, in the middle of a statement of a minute. {@code -Dchaos.deploys=10} for more
 * of them, {@code -Dchaos.javas=} for the homes of other JDKs to run the nodes on.
 */
@EnabledOnOs({OS.LINUX, OS.MAC})
class DeployTest {

    private static final int DEPLOYS = Integer.getInteger("chaos.deploys", 2);
    private static final Duration SOON = Duration.ofSeconds(60);

    static Stream<Arguments> nodes() {
        var javas = System.getProperty("chaos.javas", System.getProperty("java.home"));
        return RunnerKind.ALL.stream()
                .flatMap(kind -> Stream.of(javas.split(",")).map(java -> Arguments.of(kind, java)));
    }

    @ParameterizedTest
    @MethodSource("nodes")
    @Timeout(600)
    void handBackWhatTheyRunAndCountNoAttempt(String kind, String java) {
        var options = RunnerOptions.of(kind)
                .with("workload", "sleep")
                .with("attempts", 1)
                .with("java", Path.of(java, "bin", "java"));
        var postgres = Postgres.shared();
        var database = postgres.database(options);
        database.execute("CREATE TABLE nap AS SELECT 60 AS seconds");
        var logs = Path.of("target", "chaos", "deploy-" + kind).toAbsolutePath();
        try (var fleet = new Fleet(options, database, postgres.port(), logs)) {
            for (var deploy = 1; deploy <= DEPLOYS; deploy++) {
                fleet.start(1);
                await("the statement of node " + deploy).atMost(SOON).until(() -> asleep(database) == 1);
                var node = await().atMost(SOON)
                        .until(fleet::leader, Optional::isPresent)
                        .orElseThrow();
                node.terminate();
                assertThat(node.ended(30)).as("ends after SIGTERM").isTrue();
                assertThat(asleep(database)).as("statements left on the server").isZero();
                assertThat(database.list("SELECT status FROM async_schema_migrations", row -> row.getString(1)))
                        .containsExactly("QUEUED");
            }
            database.execute("UPDATE nap SET seconds = 0");
            fleet.start(1);
            await("success")
                    .atMost(SOON)
                    .until(() ->
                            database.number("SELECT count(*) FROM async_schema_migrations WHERE status = 'SUCCEEDED'")
                                    == 1);
            assertThat(fleet.stop()).isEmpty();

            assertThat(database.number("SELECT failed_attempts + worker_deaths FROM async_schema_migrations"))
                    .isZero();
            assertThat(database.list(
                            "SELECT outcome FROM async_schema_attempts ORDER BY attempt", row -> row.getString(1)))
                    .isEqualTo(handedBackThenSucceeded());
        } finally {
            postgres.drop(database);
        }
    }

    private static List<String> handedBackThenSucceeded() {
        var outcomes = new ArrayList<>(Collections.nCopies(DEPLOYS, "HANDED_BACK"));
        outcomes.add("SUCCEEDED");
        return outcomes;
    }

    private static int asleep(Database database) {
        return database.number("""
                SELECT count(*)
                FROM pg_stat_activity
                WHERE datname = current_database() AND state = 'active' AND query = 'SELECT pg_sleep(seconds) FROM nap'""");
    }
}

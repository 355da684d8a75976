package dev.turnasync.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A fleet of processes that all start with {@code migrate}, over one new database. */
@Tag("chaos")
@Timeout(540)
class MigrateOnceTest {

    private static final int NODES = Integer.getInteger("chaos.fleet", 27);
    private static final int AT_A_TIME = 9;

    @Test
    void eachOfManyThatRunSucceeds() throws Exception {
        assertOnce("run", node -> "run");
    }

    @Test
    void oneRunsAndTheOthersWait() throws Exception {
        assertOnce("wait", node -> node == AT_A_TIME / 2 ? "run" : "wait");
    }

    private static void assertOnce(String name, IntFunction<String> mode) throws Exception {
        var postgres = Postgres.shared();
        var database = postgres.empty();
        var logs = Path.of("target", "chaos", "migrate-" + name).toAbsolutePath();
        var url = Database.url(database.name(), postgres.port());
        var threads = Executors.newFixedThreadPool(AT_A_TIME);
        try {
            var nodes = new ArrayList<Future<Integer>>();
            IntStream.range(0, NODES)
                    .forEach(node -> nodes.add(
                            threads.submit(() -> exitOf(url, mode.apply(node), logs.resolve(node + ".log")))));
            for (var node = 0; node < NODES; node++) {
                assertThat(nodes.get(node).get()).as("exit of node " + node).isZero();
                assertThat(serving(logs.resolve(node + ".log"))).containsExactly("serving, schema there");
            }
            assertThat(database.list(
                            "SELECT version FROM flyway_schema_history WHERE success ORDER BY installed_rank",
                            row -> row.getInt(1)))
                    .isEqualTo(
                            IntStream.rangeClosed(1, MigrateMain.STEPS).boxed().toList());
        } finally {
            threads.shutdownNow();
            postgres.drop(database);
        }
    }

    private static int exitOf(String url, String mode, Path log) throws InterruptedException {
        var command = new ArrayList<String>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx96m", "-Xshare:auto", "-cp"));
        command.addAll(List.of(System.getProperty("java.class.path"), MigrateMain.class.getName(), url));
        var process = Commands.start(command, Map.of("TURNASYNC_MIGRATE", mode), log);
        try {
            return process.waitFor(5, TimeUnit.MINUTES) ? process.exitValue() : -1;
        } finally {
            process.destroyForcibly();
        }
    }

    private static List<String> serving(Path log) throws IOException {
        return Files.readAllLines(log).stream()
                .filter(line -> line.startsWith("serving"))
                .toList();
    }
}

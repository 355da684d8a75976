package dev.turnasync.jobrunr;

import static org.awaitility.Awaitility.await;

import dev.turnasync.api.EntryStatus;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.awaitility.core.ConditionFactory;
import org.flywaydb.core.Flyway;
import org.jobrunr.utils.mapper.jackson.JacksonJsonMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole PostgreSQL server that is stopped and started again, with the queue and JobRunr's tables in it. */
class OutageTest {

    @TempDir
    private Path directory;

    @Test
    void runsOnAfterThePostgresServerWasDown() throws Exception {
        var server = startPostgres(0);
        flyway(server, "1").migrate();
        try (var store = Store.in(server.getPostgresDatabase(), new JacksonJsonMapper());
                var node = Node.of(flyway(server, "2"), store).startTogether()) {
            awaitSuccess(node, "1");

            server.close();
            waiting().until(() -> node.server.getServerStatus().getFirstHeartbeat() == null);
            server = startPostgres(server.getPort());
            flyway(server, "2").migrate();

            awaitSuccess(node, "2");
        } finally {
            server.close();
        }
    }

    private EmbeddedPostgres startPostgres(int port) throws IOException {
        var options = EmbeddedPostgres.builder()
                .setDataDirectory(directory.resolve("data"))
                .setCleanDataDirectory(false);
        return (port == 0 ? options : options.setPort(port)).start();
    }

    private static Flyway flyway(EmbeddedPostgres server, String target) {
        return Flyway.configure()
                .dataSource(server.getPostgresDatabase())
                .locations(new String[0])
                .javaMigrations(
                        Scripted.of("1", "before", context -> {}), Scripted.of("2", "afterwards", context -> {}))
                .target(target)
                .load();
    }

    private static void awaitSuccess(Node node, String key) {
        waiting().until(() -> Scenario.status(node, key), Optional.of(EntryStatus.SUCCEEDED)::equals);
    }

    private static ConditionFactory waiting() {
        return await().dontCatchUncaughtExceptions().atMost(Scenario.SOON);
    }
}

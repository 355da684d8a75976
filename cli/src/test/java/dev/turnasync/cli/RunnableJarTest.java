package dev.turnasync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shaded jar as people download it. Runs after packaging. */
@Tag("runnable-jar")
final class RunnableJarTest {

    private static final Path JAR = Path.of("target", "turnasync.jar").toAbsolutePath();

    @TempDir
    Path folder;

    @Test
    void tellsItsVersion() {
        var version = Processes.jar(folder, Map.of(), JAR, "--version").end();

        assertThat(version.exitCode()).isZero();
        assertThat(version.out()).matches("turnasync \\d+\\.\\d+\\.\\d+.*\\R");
    }

    @Test
    void checksAndDrainsWithAllThatItNeedsInside() {
        try (var shop = Shop.empty()) {
            var migrations = MigrationJar.of(folder, "V7__Create_report", "CREATE TABLE report (a INT)");
            migrations.migrate(shop);
            var environment = Map.of("TURNASYNC_URL", shop.url());
            var jar = migrations.path().toString();

            var check = Processes.jar(folder, environment, JAR, "check-queue", "--jar", jar)
                    .end();
            var drain = Processes.jar(folder, environment, JAR, "drain", "--jar", jar)
                    .end();
            var list = Processes.jar(folder, environment, JAR, "list", "--json").end();

            assertThat(check.out()).startsWith("healthy: public.flyway_schema_history, 1 entry: 1 QUEUED");
            assertThat(check.exitCode()).isZero();
            assertThat(drain.out()).endsWith("1 succeeded; ended because no entry is left\n");
            assertThat(drain.exitCode()).isZero();
            assertThat(list.json().get("entries").get(0).get("status").asText()).isEqualTo("SUCCEEDED");
        }
    }
}

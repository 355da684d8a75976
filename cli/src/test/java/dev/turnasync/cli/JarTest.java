package dev.turnasync.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.turnasync.api.EntryStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class JarTest {

    @TempDir
    Path folder;

    @Test
    void drainsTheMigrationsOfAJar() {
        try (var shop = Shop.empty()) {
            var jar = MigrationJar.of(folder, "V7__Create_report", "CREATE TABLE report (a INT)");
            jar.migrate(shop);

            var check = shop.run("check-queue", "--jar", jar.path().toString());
            var drain = shop.run("drain", "--jar", jar.path().toString());

            assertThat(check.exitCode()).isZero();
            assertThat(check.out()).startsWith("healthy").doesNotContain("not checked");
            assertThat(drain.exitCode()).isZero();
            assertThat(drain.out()).contains("V7 Create report: succeeded in ");
            assertThat(shop.database().column("SELECT COUNT(*) FROM report")).containsExactly(0L);
        }
    }

    @Test
    void drainsTheMigrationsOfAFolder() {
        try (var shop = Shop.empty()) {
            var jar = MigrationJar.of(folder, "V7__Create_report", "CREATE TABLE report (a INT)");
            jar.migrate(shop);

            assertThat(shop.run("drain", "--jar", folder.resolve("classes").toString())
                            .exitCode())
                    .isZero();
        }
    }

    @Test
    void refusesAnExecutableJarOfSpringBoot() throws IOException {
        var jar = folder.resolve("boot.jar");
        try (var out = new JarOutputStream(Files.newOutputStream(jar))) {
            out.putNextEntry(new JarEntry("BOOT-INF/classes/"));
        }

        var drain = CommandLineRun.inPipe().run("drain", "--url=jdbc:postgresql:x", "--jar", jar.toString());

        assertThat(drain.exitCode()).isEqualTo(2);
        assertThat(drain.err()).contains("BOOT-INF/classes");
    }

    @Test
    void handsTheEntryBackWhenTheProcessIsStopped() {
        try (var shop = Shop.empty()) {
            var jar = MigrationJar.of(folder, "V7__Sleep", "SELECT pg_sleep(60)");
            jar.migrate(shop);
            var drain = Processes.main(
                    folder,
                    Map.of("TURNASYNC_URL", shop.url()),
                    "drain",
                    "--jar",
                    jar.path().toString());
            await().until(() -> shop.status("7") == EntryStatus.RUNNING);

            assertThat(shop.run("retry", "7").err()).contains("it is RUNNING");
            var second = shop.run("drain", "--jar", jar.path().toString());
            assertThat(second.exitCode()).isEqualTo(5);
            assertThat(second.out())
                    .startsWith(
                            "nothing was run; ended because another worker holds the lease of this queue; V7 Sleep is RUNNING on ");

            drain.process().destroy();

            var ended = drain.end();
            assertThat(ended.exitCode()).isEqualTo(143);
            assertThat(ended.out())
                    .contains("V7 Sleep: started, attempt 1")
                    .contains("V7 Sleep: handed back; no attempt is counted");
            assertThat(shop.status("7")).isEqualTo(EntryStatus.QUEUED);
            assertThat(shop.entry("7").get("failed_attempts")).isEqualTo(0);
            assertThat(shop.run("show", "7").out()).contains("attempt 1  HANDED_BACK after ");
            assertThat(shop.run("check-queue").exitCode()).isZero();
        }
    }
}

package dev.turnasync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.fixture.ClosedPort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ExitCodesTest {

    @Test
    void isZeroForAHealthyQueue() {
        try (var shop = Shop.migrated()) {
            var check = shop.run("check-queue");

            assertThat(check.exitCode()).isZero();
            assertThat(check.out()).startsWith("healthy: public.flyway_schema_history, 3 entries: 3 QUEUED");
            assertThat(check.out().lines()).hasSize(2).last().asString().startsWith("note");
            assertThat(check.err()).isEmpty();
        }
    }

    @Test
    void isZeroWhenThereAreOnlyNotices() {
        try (var shop = Shop.migrated().failing("2", "busy", "40001")) {
            shop.drain("--max", "1");

            var check = shop.run("check-queue");

            assertThat(check.exitCode()).isZero();
            assertThat(check.out()).startsWith("NOTICE   WAITING_TO_RETRY").contains("healthy: 0 problems, 1 notice");
        }
    }

    @Test
    void isOneForAProblem() {
        try (var shop = Shop.migrated().failing("2", "no such table")) {
            shop.drain();

            assertThat(shop.run("check-queue").exitCode()).isEqualTo(1);
        }
    }

    @Test
    void isOneForAnUnknownKey() {
        try (var shop = Shop.migrated()) {
            var show = shop.run("show", "99");

            assertThat(show.exitCode()).isEqualTo(1);
            assertThat(show.out()).isEmpty();
            assertThat(show.err())
                    .isEqualTo(
                            "turnasync: no entry 99 in public.flyway_schema_history; `turnasync list` shows the entries\n");
            assertThat(shop.run("retry", "99").exitCode()).isEqualTo(1);
            assertThat(shop.run("skip", "99", "--reason", "x").exitCode()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "lst",
                "list --nonsense",
                "list 7",
                "list --url=mysql://x/y",
                "list --url=jdbc:postgresql://a:b:c/",
                "list --color=pink",
                "list --connect-timeout=0",
                "list --connect-timeout=soon",
                "show",
                "skip 7",
                "skip 7 --reason=",
                "retry 7 --reason=",
                "retry 7 --actor=",
                "drain",
                "drain --max=0 --jar=.",
                "drain --max=many",
                "drain --wait=soon --jar=.",
                "check-queue --jar=/no/such.jar",
                "list --password-file=/no/such/file"
            })
    void isTwoForWrongUsage(String line) {
        var words = line.isEmpty() ? new String[0] : line.split(" ", -1);

        var run = CommandLineRun.inPipe()
                .with("TURNASYNC_URL", "jdbc:postgresql://localhost:1/x")
                .run(words);

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).isNotBlank().doesNotContain("Exception");
    }

    @Test
    void isTwoWithoutADatabase() {
        var list = CommandLineRun.inPipe().run("list");

        assertThat(list.exitCode()).isEqualTo(2);
        assertThat(list.err()).contains("give --url jdbc:postgresql://host:5432/name or set TURNASYNC_URL");
    }

    @Test
    void isTwoForAJarThatIsNone(@TempDir Path folder) throws IOException {
        var file = Files.writeString(folder.resolve("app.jar"), "no jar");

        var check = CommandLineRun.inPipe().run("check-queue", "--url=jdbc:postgresql:x", "--jar", file.toString());

        assertThat(check.exitCode()).isEqualTo(2);
        assertThat(check.err()).contains("app.jar is not a jar");
    }

    @Test
    void isTwoForADrainThatKnowsNoClasses() {
        var drain = CommandLineRun.inPipe().run("drain", "--url=jdbc:postgresql:x");

        assertThat(drain.exitCode()).isEqualTo(2);
        assertThat(drain.err()).contains("give --jar FILE");
    }

    @Test
    void isThreeForAClosedPort() {
        var port = ClosedPort.number();

        var list = CommandLineRun.inPipe()
                .run("list", "--url", "jdbc:postgresql://localhost:" + port + "/shop", "--user=me");

        assertThat(list.exitCode()).isEqualTo(3);
        assertThat(list.err())
                .startsWith("turnasync: cannot reach jdbc:postgresql://localhost:" + port + "/shop as me: ");
    }

    @Test
    void isThreeForASilentDatabase() throws IOException {
        try (var silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            var url = "jdbc:postgresql://localhost:" + silent.getLocalPort() + "/shop";

            var list = CommandLineRun.inPipe().run("list", "--connect-timeout=1", "--url", url);

            assertThat(list.exitCode()).isEqualTo(3);
            assertThat(list.err()).startsWith("turnasync: cannot reach " + url);
        }
    }

    @Test
    void isThreeForAnUnknownDatabaseOrRole() {
        try (var shop = Shop.empty()) {
            var url = shop.url().replaceFirst("/test_[0-9a-f]+", "/nowhere");

            assertThat(shop.run("list", "--url", url).exitCode()).isEqualTo(3);
            assertThat(shop.run("list", "--user", "nobody_here").exitCode()).isEqualTo(3);
        }
    }

    @Test
    void isFourForADamagedQueue() {
        try (var shop = Shop.migrated()) {
            shop.database().execute("DROP TABLE async_schema_attempts");

            var show = shop.run("show", "2");

            assertThat(show.exitCode()).isEqualTo(4);
            assertThat(show.err()).contains("async_schema_attempts").doesNotContain("\tat ");
            assertThat(shop.run("show", "2", "--verbose").err()).contains("    at org.postgresql");
        }
    }
}

package dev.turnasync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.fixture.ClosedPort;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The deploy gate as a pipeline sees it: by its exit code. */
class WaitTest {

    @Test
    void opensForWhatIsApplied() {
        try (var shop = Shop.migrated()) {
            shop.drain();

            var one = shop.run("wait", "--version", "2", "--timeout", "0");
            var all = shop.run("wait", "--all", "--timeout", "0", "--json");

            assertThat(one.exitCode()).isZero();
            assertThat(one.out()).isEqualTo("APPLIED  V2 Backfill email domain is SUCCEEDED\n");
            assertThat(all.exitCode()).isZero();
            assertThat(all.json().get("state").asText()).isEqualTo("APPLIED");
            assertThat(shop.run("wait", "--version", "1", "--version", "V4", "--timeout", "0")
                            .exitCode())
                    .isZero();
        }
    }

    @Test
    void givesUpWhenTheTimeIsUp() {
        try (var shop = Shop.migrated()) {
            var pending = shop.run("wait", "--version", "3", "--timeout", "1s");
            assertThat(pending.exitCode()).isEqualTo(5);
            assertThat(pending.out()).isEqualTo("""
                            PENDING  3 waits for V2 Backfill email domain, which is QUEUED: waits for its turn
                            gave up after 1.0 s
                            """);
            var unknown = shop.run("wait", "--version", "99", "--timeout", "0", "--json");
            assertThat(unknown.exitCode()).isEqualTo(6);
            assertThat(unknown.json().get("state").asText()).isEqualTo("UNKNOWN");
            assertThat(unknown.json().get("version").asText()).isEqualTo("99");
        }
    }

    @Test
    void endsAtOnceWhenAPersonMustAct() {
        try (var shop = Shop.migrated().failing("2", "no such table")) {
            shop.drain();

            var wait = shop.run("wait", "--version", "4", "--timeout", "1h");

            assertThat(wait.exitCode()).isEqualTo(1);
            assertThat(wait.out()).contains("BLOCKED  4 waits for V2 Backfill email domain, which is FAILED");
        }
    }

    @Test
    void waitsForAWorker() {
        try (var shop = Shop.migrated()) {
            shop.in(CommandLineRun.inPipe().meanwhile(shop::drain));

            var wait = shop.run("wait", "--all", "--timeout", "2m");

            assertThat(wait.exitCode()).isZero();
            assertThat(wait.out().lines())
                    .containsExactly(
                            "PENDING  the queue waits for V2 Backfill email domain, which is QUEUED: waits for its turn",
                            "APPLIED  everything queued in public.flyway_schema_history is finished");
        }
    }

    @Test
    void needsNoRightButToRead() {
        try (var shop = Shop.migrated()) {
            var role = "gate_"
                    + shop.database().column("SELECT current_database()::TEXT").get(0);
            shop.database()
                    .execute("CREATE ROLE %1$s LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO %1$s"
                            .formatted(role));

            var wait = shop.run("wait", "--version", "3", "--timeout", "0", "--user", role);
            shop.database().execute("DROP OWNED BY %1$s; DROP ROLE %1$s".formatted(role));

            assertThat(wait.exitCode()).as(wait.all()).isEqualTo(5);
            assertThat(wait.out()).endsWith("looked once, since --timeout is 0\n");
        }
    }

    @Test
    void waitsForADatabaseThatIsNotThereYet() {
        var port = ClosedPort.number();
        var wait = CommandLineRun.inPipe()
                .run("wait", "--all", "--timeout", "0", "--url", "jdbc:postgresql://localhost:" + port + "/shop");

        assertThat(wait.exitCode()).isEqualTo(3);
        assertThat(wait.out()).contains("AWAY  cannot reach");
        assertThat(CommandLineRun.inPipe()
                        .run(
                                "wait",
                                "--all",
                                "--timeout=0",
                                "--json",
                                "--url=jdbc:postgresql://localhost:" + port + "/shop")
                        .json()
                        .get("state")
                        .asText())
                .isEqualTo("AWAY");
    }

    @Test
    void endsWithThreeWhenTheDatabaseWentAwayMeanwhile() {
        try (var shop = ShopThatLeaves.open()) {
            var pending = shop.wait(List.of(shop::leave), "--version", "3", "--json");
            shop.comeBack();
            var unknown = shop.wait(List.of(shop::leave, () -> {}), "--version", "99");

            assertThat(pending.exitCode()).as(pending.all()).isEqualTo(3);
            assertThat(pending.json().get("queue").asText()).isEqualTo("public.flyway_schema_history");
            assertThat(pending.json().get("state").asText()).isEqualTo("AWAY");
            assertThat(pending.json().get("message").asText()).isNotBlank();
            assertThat(pending.json().get("version").isNull()).isTrue();
            assertThat(pending.json().get("entry").isNull()).isTrue();
            assertThat(unknown.exitCode()).as(unknown.all()).isEqualTo(3);
            assertThat(unknown.out()).contains("UNKNOWN  99 is not").contains("AWAY  ");
            assertThat(unknown.err()).startsWith("turnasync: ");
        }
    }

    @Test
    void goesOnWhenTheDatabaseIsBack() {
        try (var shop = ShopThatLeaves.open()) {
            var wait = shop.wait(List.of(shop::leave, () -> {}, shop::comeBack, shop.shop()::drain), "--all");

            assertThat(wait.exitCode()).as(wait.all()).isZero();
            assertThat(wait.out()).contains("PENDING  ").contains("AWAY  ").contains("APPLIED  everything queued");
        }
    }

    @ParameterizedTest
    @CsvSource({"99,2", "2,99", "1,2", "2,4", "4,99"})
    void endsAtOnceWhenOneOfManyVersionsNeedsAPerson(String one, String other) {
        try (var shop = Shop.migrated().failing("2", "no such table")) {
            shop.drain();

            var wait = shop.run("wait", "--version", one, "--version", other, "--timeout", "1h", "--json");

            assertThat(wait.exitCode()).as(wait.all()).isEqualTo(1);
            assertThat(wait.json().get("state").asText()).isEqualTo("BLOCKED");
        }
    }

    @Test
    void tellsOfTheFirstVersionThatIsLeft() {
        try (var shop = Shop.migrated()) {
            var wait = shop.run(
                    "wait", "--version", "1", "--version", "99", "--version", "3", "--version", "1", "--timeout", "0");

            assertThat(wait.exitCode()).isEqualTo(6);
            assertThat(wait.out()).startsWith("UNKNOWN  99 is not");
        }
    }

    @Test
    void refusesARequestThatSaysNothing() {
        assertThat(CommandLineRun.inPipe().run("wait").exitCode()).isEqualTo(2);
        assertThat(CommandLineRun.inPipe()
                        .run("wait", "--all", "--version", "7")
                        .exitCode())
                .isEqualTo(2);
        assertThat(CommandLineRun.inPipe()
                        .run("wait", "--all", "--timeout", "soon")
                        .exitCode())
                .isEqualTo(2);
    }
}

package dev.turnasync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ShowTest {

    private static final String HOSTILE =
            "no \u001b[2J\u001b]0;owned\u0007 table\nturnasync: all is well\u009b31m \u202egnp.exe";

    @Test
    void tellsEverythingAboutAFailure() {
        try (var shop = Shop.migrated().failing("2", "relation \"names\" does not exist\n  Position: 15")) {
            shop.drain();

            var show = shop.run("show", "V2");

            assertThat(show.exitCode()).isZero();
            assertThat(show.out())
                    .startsWith("V2 Backfill email domain\n  status        FAILED since ")
                    .contains("  reason        attempt 1 met an error that repeating cannot mend\n")
                    .contains("  history       APPLIED, installed rank 2\n")
                    .contains(
                            "  class         dev.turnasync.cli.fixture.shop.V2__Backfill_email_domain (when queued)\n")
                    .contains("  attempts      1 (1 failed); limit: the worker's policy\n")
                    .containsPattern("attempt 1  FAILED after .+\n  started       .+ by .+\n  finished      20")
                    .contains("  error         java.sql.SQLException\n  SQLSTATE      42P01\n")
                    .contains("  message       relation \"names\" does not exist\n                  Position: 15\n")
                    .doesNotContain("Obstacle.meet");
        }
    }

    @Test
    void printsStackTracesWhenAsked() {
        try (var shop = Shop.migrated().failing("2", "no")) {
            shop.drain();

            assertThat(shop.run("show", "2", "--stack-trace").out())
                    .contains(
                            "  stack trace\n    java.sql.SQLException: no\n        at dev.turnasync.cli.fixture.shop.Obstacle.meet(");
        }
    }

    @Test
    void letsNoControlCharacterThrough() {
        try (var shop = Shop.migrated().failing("2", HOSTILE)) {
            shop.in(CommandLineRun.onTerminal(120).with("NO_COLOR", "1"));
            var drain = shop.drain();
            var show = shop.run("show", "2", "--stack-trace");

            for (var text : new String[] {
                drain.all(), show.all(), shop.run("show", "2", "--json").all()
            }) {
                assertThat(text.codePoints().filter(c -> (c != '\n' && Character.isISOControl(c)) || c == 0x202e))
                        .isEmpty();
                assertThat(text.lines()).noneMatch(line -> line.startsWith("turnasync: all is well"));
            }
            assertThat(show.out())
                    .contains(
                            "message       no \\u001b[2J\\u001b]0;owned\\u0007 table\n                turnasync: all is well\\u009b31m \\u202egnp");
        }
    }

    @Test
    void tellsMachinesEverything() {
        try (var shop = Shop.migrated().failing("2", HOSTILE)) {
            shop.drain();

            var answer = shop.run("show", "2", "--json").json();

            var attempt = answer.get("attempts").get(0);
            assertThat(attempt.fieldNames())
                    .toIterable()
                    .containsExactly(
                            "number",
                            "outcome",
                            "worker",
                            "token",
                            "startedAt",
                            "finishedAt",
                            "durationMillis",
                            "warning",
                            "failure");
            assertThat(attempt.get("failure").get("message").asText())
                    .isEqualTo(
                            "no \\u001b[2J\\u001b]0;owned\\u0007 table\nturnasync: all is well\\u009b31m \\u202egnp.exe");
            assertThat(attempt.get("failure").get("sqlState").asText()).isEqualTo("42P01");
            assertThat(attempt.get("failure").get("stackTrace").asText()).contains("Obstacle.meet");
            assertThat(answer.get("entry").get("failedAttempts").asInt()).isEqualTo(1);
        }
    }

    @Test
    void survivesAHugeReason() {
        try (var shop = Shop.migrated()) {
            var reason = "x".repeat(1_000_000);
            assertThat(shop.run("skip", "2", "--reason", reason).exitCode()).isZero();

            var kept = reason.substring(0, 9_000); // the rest is counted
            assertThat(shop.run("show", "2").out()).contains(kept).contains(" more characters)");
            assertThat(shop.run("list", "--json")
                            .json()
                            .get("entries")
                            .get(0)
                            .get("reason")
                            .asText())
                    .contains(kept);
            shop.in(CommandLineRun.onTerminal(100));
            assertThat(shop.run("list", "--color=never").out().lines())
                    .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(100));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"2'; DROP TABLE users; --", "2\"", "%", "\u001b[31m2", "R__'", "${jndi:x}", "2\n2"})
    void takesAHostileKeyForAKey(String key) {
        try (var shop = Shop.migrated()) {
            var show = shop.run("show", key);

            assertThat(show.exitCode()).isEqualTo(1);
            assertThat(show.err()).startsWith("turnasync: no entry ").doesNotContain("\u001b");
            assertThat(shop.run("skip", key, "--reason", key).exitCode()).isEqualTo(1);
            assertThat(shop.database().column("SELECT COUNT(*) FROM users")).containsExactly(0L);
        }
    }
}

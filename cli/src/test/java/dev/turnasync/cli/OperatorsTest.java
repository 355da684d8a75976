package dev.turnasync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.api.EntryStatus;
import org.junit.jupiter.api.Test;

final class OperatorsTest {

    private static Shop blocked() {
        var shop = Shop.migrated().failing("2", "no such table");
        shop.drain();
        return shop;
    }

    @Test
    void retriesAndRecordsWhoAndWhy() {
        try (var shop = blocked()) {
            var retry = shop.run("retry", "2", "--actor", "alice", "--reason", "table is there now");

            assertThat(retry.exitCode()).isZero();
            assertThat(retry.out())
                    .isEqualTo("V2 Backfill email domain is QUEUED (retry by alice: table is there now)\n");
            assertThat(shop.database().query("SELECT action, actor, reason, from_status FROM async_schema_actions"))
                    .singleElement()
                    .hasToString("{action=retry, actor=alice, reason=table is there now, from_status=FAILED}");
        }
    }

    @Test
    void skipsAndLetsTheNextOnesRun() {
        try (var shop = blocked()) {
            var skip = shop.run("skip", "2", "--reason", "done by hand", "--json");

            assertThat(skip.exitCode()).isZero();
            assertThat(skip.json().get("entry").get("status").asText()).isEqualTo("SKIPPED");
            assertThat(shop.entry("2").get("reason"))
                    .isEqualTo("skip by " + System.getProperty("user.name") + ": done by hand");
            assertThat(shop.drain().exitCode()).isZero();
            assertThat(shop.status("4")).isEqualTo(EntryStatus.SUCCEEDED);
        }
    }

    @Test
    void tellsTheSecondOperatorWhoWasFaster() {
        try (var shop = blocked()) {
            shop.run("skip", "2", "--actor", "alice", "--reason", "done by hand");

            var skip = shop.run("skip", "2", "--actor", "bob", "--reason", "not needed");
            var retry = shop.run("retry", "2", "--actor", "carol");

            assertThat(skip.exitCode()).isEqualTo(1);
            assertThat(skip.out()).isEmpty();
            assertThat(skip.err())
                    .startsWith("turnasync: cannot skip V2 Backfill email domain: it is SKIPPED")
                    .contains("V2 Backfill email domain is SKIPPED since ")
                    .contains("ago: skip by alice: done by hand");
            assertThat(retry.exitCode()).isEqualTo(1);
            assertThat(retry.err()).contains("skip by alice");
            assertThat(shop.database().column("SELECT actor FROM async_schema_actions"))
                    .containsExactly("alice");
        }
    }
}

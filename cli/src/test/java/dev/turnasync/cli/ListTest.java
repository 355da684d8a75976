package dev.turnasync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ListTest {

    private static final String LONG =
            "all 5 attempts failed; the last one met a lock that somebody held for the whole night";

    /** One entry of each kind, with times that do not depend on the machine. */
    private static Shop shop() {
        var shop = Shop.migrated();
        shop.database().execute("""
                        INSERT INTO flyway_schema_history
                        SELECT 5, NULL, 'Refresh totals', 'JDBC', 'x.R__Refresh_totals', 7, 'me', now(), 1, TRUE;
                        INSERT INTO async_schema_migrations (history_table, entry_key, description, checksum, script, reason)
                        VALUES ('flyway_schema_history', 'R__Refresh totals', 'Refresh totals', 7, 'x.R__Refresh_totals', 'waits for its turn');
                        UPDATE async_schema_migrations
                        SET came_from = 'RUNNING', status = 'SUCCEEDED', attempt = 2, started_at = '2026-02-27T10:00:00Z',
                            finished_at = '2026-02-27T11:02:03Z', status_since = '2026-02-27T11:02:03Z', reason = NULL
                        WHERE entry_key = '2';
                        UPDATE async_schema_migrations
                        SET came_from = 'RUNNING', status = 'FAILED', attempt = 5, failed_attempts = 5,
                            started_at = '2026-03-01T09:50:00Z', status_since = '2026-03-01T09:57:57Z', reason = '%s'
                        WHERE entry_key = '3';
                        UPDATE async_schema_migrations
                        SET came_from = 'QUEUED', status = 'RUNNING', attempt = 1, token = 3, worker = 'w', reason = NULL,
                            started_at = '2026-03-01T09:59:57.5Z',
                            status_since = '2026-03-01T09:59:57.5Z'
                        WHERE entry_key = '4';
                        INSERT INTO async_schema_progress (entry_id, attempt, done, total)
                        SELECT id, 1, 1250, 5000 FROM async_schema_migrations WHERE entry_key = '4';
                        UPDATE async_schema_migrations
                        SET status_since = '2026-03-01T09:59:59.9Z' WHERE version IS NULL""".formatted(LONG));
        return shop;
    }

    @Test
    void alignsEveryEntryInOneLine() {
        try (var shop = shop()) {
            var list = shop.run("list");

            assertThat(list.exitCode()).isZero();
            assertThat(list.err()).isEmpty();
            assertThat(list.out()).isEqualTo("""
                            STATUS     KEY                DESCRIPTION            SINCE       TOOK    ATTEMPTS      PROGRESS       REASON
                            SUCCEEDED  2                  Backfill email domain  1d 22h ago  1h 02m  2             -
                            FAILED     3                  Backfill name          2m 03s ago  -       5 (5 failed)  -              all 5 attempts failed; the last one met a lock that somebody held for the whole night
                            RUNNING    4                  Drop old totals        2.5 s ago   2.5 s   1             25 % of 5,000
                            QUEUED     R__Refresh totals  Refresh totals         100 ms ago  -       0             -              waits for its turn
                            """);
        }
    }

    @Test
    void cutsTheReasonAndThenTheDescriptionOnANarrowTerminal() {
        try (var shop = shop().in(CommandLineRun.onTerminal(110).with("NO_COLOR", "1"))) {
            assertThat(shop.run("list").out()).isEqualTo("""
                            STATUS     KEY                DESCRIPTION       SINCE       TOOK    ATTEMPTS      PROGRESS       REASON
                            SUCCEEDED  2                  Backfill email …  1d 22h ago  1h 02m  2             -
                            FAILED     3                  Backfill name     2m 03s ago  -       5 (5 failed)  -              all 5 attempts …
                            RUNNING    4                  Drop old totals   2.5 s ago   2.5 s   1             25 % of 5,000
                            QUEUED     R__Refresh totals  Refresh totals    100 ms ago  -       0             -              waits for its t…
                            """);
        }
    }

    @Test
    void saysSoWhenThereIsNothing() {
        try (var shop = Shop.empty()) {
            assertThat(shop.run("list").out())
                    .isEqualTo(
                            "no entries in public.flyway_schema_history; was that the right --schema and --table?\n");
            assertThat(shop.run("list", "--json").json().get("entries")).isEmpty();
        }
    }

    @Test
    void colorsOnlyOnATerminalThatWantsIt() {
        try (var shop = shop()) {
            var terminal = CommandLineRun.onTerminal(200);
            assertThat(shop.run("list").out()).doesNotContain("\u001b");
            assertThat(shop.run("list", "--color=always").out()).contains("\u001b[1;31mFAILED\u001b[0m");
            shop.in(terminal);
            assertThat(shop.run("list").out()).contains("\u001b[32mSUCCEEDED\u001b[0m");
            assertThat(shop.run("list", "--color=never").out()).doesNotContain("\u001b");
            shop.in(terminal.with("NO_COLOR", "1"));
            assertThat(shop.run("list").out()).doesNotContain("\u001b");
            assertThat(shop.run("list", "--color=always").out()).contains("\u001b[32mSUCCEEDED\u001b[0m");
            shop.in(terminal.with("TERM", "dumb"));
            assertThat(shop.run("list").out()).doesNotContain("\u001b");
        }
    }

    @Test
    void tellsMachinesTheSame() {
        try (var shop = shop()) {
            var answer = shop.run("list", "--json").json();

            assertThat(answer.get("queue").asText()).isEqualTo("public.flyway_schema_history");
            assertThat(answer.get("entries")).hasSize(4);
            var running = answer.get("entries").get(2);
            assertThat(running.fieldNames())
                    .toIterable()
                    .containsExactly(
                            "key",
                            "version",
                            "description",
                            "label",
                            "status",
                            "reason",
                            "since",
                            "standing",
                            "installedRank",
                            "script",
                            "checksum",
                            "generation",
                            "direction",
                            "queuedAt",
                            "failedAttempts",
                            "maxAttempts",
                            "workerDeaths",
                            "nextAttemptAt",
                            "window",
                            "run",
                            "progress");
            assertThat(running.get("status").asText()).isEqualTo("RUNNING");
            assertThat(running.get("since").asText()).isEqualTo("2026-03-01T09:59:57.500Z");
            assertThat(running.get("reason").isNull()).isTrue();
            assertThat(running.get("run").get("token").asLong()).isEqualTo(3);
            assertThat(running.get("progress").get("percent").asInt()).isEqualTo(25);
            assertThat(answer.get("entries").get(3).get("version").isNull()).isTrue();
        }
    }
}

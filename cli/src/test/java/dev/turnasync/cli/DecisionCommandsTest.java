package dev.turnasync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.api.EntryStatus;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What people decide from the command line, and what is left of it. */
class DecisionCommandsTest {

    private static Shop blocked() {
        var shop = Shop.migrated().failing("2", "no such table");
        shop.drain();
        return shop;
    }

    @Test
    void marksAnEntryAsApplied() {
        try (var shop = blocked()) {
            var marked = shop.run("mark-applied", "2", "--actor", "ada", "--reason", "filled by hand");

            assertThat(marked.exitCode()).isZero();
            assertThat(marked.out())
                    .isEqualTo("V2 Backfill email domain is SUCCEEDED (mark-applied by ada: filled by hand)\n");
            assertThat(shop.drain().exitCode()).isZero();
            assertThat(shop.run("mark-applied", "2").exitCode()).as("no reason").isEqualTo(2);
        }
    }

    @Test
    void beginsAnewFromTheStart() {
        try (var shop = blocked()) {
            shop.database().execute("""
                            INSERT INTO async_schema_checkpoints (entry_id, name, value, token)
                            SELECT id, 'cursor', '41', 1 FROM async_schema_migrations WHERE entry_key = '2'""");
            assertThat(shop.run("retry", "2").exitCode()).isZero();
            assertThat(shop.database().column("SELECT value FROM async_schema_checkpoints"))
                    .hasSize(1);
            shop.drain();

            assertThat(shop.run("retry", "2", "--from-start").exitCode()).isZero();

            assertThat(shop.database().column("SELECT value FROM async_schema_checkpoints"))
                    .isEmpty();
        }
    }

    @Test
    void takesAMigrationBack() {
        try (var shop = Shop.migrated()) {
            var undone = shop.run("undo", "4", "--actor", "ada", "--reason", "not yet");

            assertThat(undone.exitCode()).isZero();
            assertThat(undone.out())
                    .startsWith("V4 Drop old totals is UNDONE (undo by ada: not yet)\n")
                    .contains("`turnasync retry 4 --reason '…'` queues it again");
            var marked = shop.run("undo", "4", "--mark-history", "--actor", "ada", "--reason", "not yet");
            assertThat(marked.exitCode()).isZero();
            assertThat(marked.out()).contains("the next migrate applies it anew");
            assertThat(shop.database()
                            .column("SELECT type FROM flyway_schema_history WHERE version = '4'"
                                    + " ORDER BY installed_rank"))
                    .containsExactly("JDBC", "DELETE");
            var refused = shop.run("undo", "2", "--mark-history", "--reason", "no");
            assertThat(refused.exitCode()).isEqualTo(1);
            assertThat(refused.err()).contains("version 3 is applied after it");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "retry 2",
                "retry 2 --from-start",
                "skip 2 --reason no",
                "mark-applied 2 --reason no",
                "pause 2 --reason no",
                "undo 3 --reason no",
                "throttle 3 --for 1h --reason no",
                "check-queue --fix"
            })
    void changesNothingInADryRun(String line) {
        try (var shop = blocked()) {
            var before = snapshot(shop);

            var words = new ArrayList<>(List.of(line.split(" ", -1)));
            words.add("--dry-run");
            var run = shop.run(words.toArray(String[]::new));

            assertThat(run.exitCode()).as(run.all()).isEqualTo(line.startsWith("check") ? 1 : 0);
            assertThat(run.out()).contains(line.startsWith("check") ? "nothing to mend" : " would be ");
            assertThat(snapshot(shop)).isEqualTo(before);
        }
    }

    private static List<?> snapshot(Shop shop) {
        return List.of(
                shop.database().query("SELECT xmin::TEXT, * FROM async_schema_migrations ORDER BY id"),
                shop.database().query("SELECT * FROM async_schema_actions"),
                shop.database().query("SELECT * FROM async_schema_requests"));
    }

    @Test
    void tellsWhatADrainWouldRun() {
        try (var shop = Shop.migrated()) {
            shop.run("pause", "4", "--reason", "later");

            var run = shop.run("drain", "--dry-run");

            assertThat(run.exitCode()).isZero();
            assertThat(run.out()).isEqualTo("""
                            would run V2 Backfill email domain, which is QUEUED
                            would run V3 Backfill name, which is QUEUED
                            would then end, because V4 Drop old totals is paused and holds back every entry after it: %s
                            """.formatted(shop.entry("4").get("reason")));
            var one = shop.run("drain", "--dry-run", "--max", "1", "--json").json();
            assertThat(one.get("entries")).hasSize(1);
            assertThat(one.get("stopReason").asText()).isEqualTo("DONE");
            assertThat(one.get("head").isNull()).isTrue();
            assertThat(shop.status("2")).isEqualTo(EntryStatus.QUEUED);
        }
    }

    /** The drain that follows tells the same, unless it would wait for a lease. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    2 | came_from = 'QUEUED', status = 'RUNNING', attempt = 1, token = 3, worker = 'w', reason = NULL, started_at = now() | LEASE_HELD | another worker holds the lease of this queue; V2
                    2 | came_from = 'RUNNING', status = 'RETRYABLE', next_attempt_at = clock_timestamp() + INTERVAL '1 hour' | NOT_DUE | V2 Backfill email domain waits for its next attempt, due at
                    3 | came_from = 'RUNNING', status = 'RETRYABLE', next_attempt_at = clock_timestamp() + INTERVAL '1 hour' | NOT_DUE | V3 Backfill name waits for its next attempt, due at
                    2 | came_from = 'RUNNING', status = 'RETRYABLE', next_attempt_at = clock_timestamp() - INTERVAL '1 hour' | EMPTY   | no entry is left
                    2 | run_window = CLOSED  | NOT_DUE | V2 Backfill email domain waits for its window
                    3 | run_window = CLOSED  | NOT_DUE | V3 Backfill name waits for its window
                    3 | run_window = NIGHTLY | NOT_DUE | V3 Backfill name waits for its window
                    2 | run_window = OPEN    | EMPTY   | no entry is left
                    3 | run_window = OPEN    | EMPTY   | no entry is left
                    3 | run_window = '00:00-00:00 UTC' | EMPTY | no entry is left
                    """)
    void tellBeforeWhatADrainWouldEnd(String key, String change, String why, String told) {
        try (var shop = Shop.migrated()) {
            var held = why.equals("LEASE_HELD");
            if (held) {
                lease(shop, "1 hour");
            }
            shop.database()
                    .execute("UPDATE async_schema_migrations SET " + withWindow(change) + " WHERE entry_key = '" + key
                            + "'");

            var plan = shop.run("drain", "--dry-run");
            var json = shop.run("drain", "--dry-run", "--json").json();

            var ran = why.equals("EMPTY") ? List.of("2", "3", "4") : key.equals("2") ? List.of() : List.of("2");
            assertThat(plan.exitCode()).as(plan.all()).isZero();
            assertThat(plan.out().lines())
                    .hasSize(ran.size() + 1)
                    .last()
                    .asString()
                    .contains(told);
            assertThat(json.get("entries").findValuesAsText("key")).isEqualTo(ran);
            assertThat(json.get("stopReason").asText()).isEqualTo(why);
            if (!held) {
                var drained = shop.drain("--json").json();
                assertThat(drained.get("succeeded").asInt()).isEqualTo(ran.size());
                assertThat(drained.get("stopReason")).isEqualTo(json.get("stopReason"));
            }
        }
    }

    private static void lease(Shop shop, String left) {
        shop.database().execute("""
                UPDATE async_schema_lease
                SET worker = 'w', token = 3, lease_until = clock_timestamp() + INTERVAL '%s'""".formatted(left));
    }

    /** Windows around the present time, or not. */
    private static String withWindow(String change) {
        return change.replace("OPEN", window("-1 hour", "1 hour"))
                .replace("CLOSED", window("2 hours", "4 hours"))
                .replace("NIGHTLY", window("1 hour", "-1 hour"));
    }

    private static String window(String from, String to) {
        var time = "to_char((clock_timestamp() + INTERVAL '%s') AT TIME ZONE 'Asia/Kolkata', 'HH24:MI')";
        return time.formatted(from) + " || '-' || " + time.formatted(to) + " || ' Asia/Kolkata'";
    }

    @Test
    void tellThatADrainWouldTakeOverFromADeadWorker() {
        try (var shop = Shop.migrated()) {
            shop.database().execute("""
                    UPDATE async_schema_migrations
                    SET came_from = 'QUEUED', status = 'RUNNING', attempt = 1, token = 3, worker = 'w', reason = NULL, started_at = clock_timestamp()
                    WHERE entry_key = '2'""");
            lease(shop, "-1 hour");

            assertThat(shop.run("drain", "--dry-run").out())
                    .startsWith("would run V2 Backfill email domain, which is RUNNING\n")
                    .endsWith("would then end, because no entry is left\n");
        }
    }

    @Test
    void tellThatADrainWouldFindNothing() {
        try (var shop = Shop.empty()) {
            assertThat(shop.run("drain", "--dry-run").out()).isEqualTo("would run nothing, because no entry is left\n");
        }
    }

    @Test
    void keepInTheAuditWhatWasDoneBeforeAnUndo() {
        try (var shop = Shop.migrated()) {
            shop.run("undo", "4", "--actor", "ada", "--reason", "not yet");
            shop.run("retry", "4", "--actor", "bob", "--reason", "now");

            assertThat(shop.run("audit", "4", "--json").json().get("actions").findValuesAsText("action"))
                    .containsExactly("retry", "undo");
            assertThat(shop.run("show", "4").out()).contains("by bob", "by ada");
        }
    }

    @Test
    void tellsInADryRunThatItWouldBeRefused() {
        try (var shop = blocked()) {
            var run = shop.run("retry", "3", "--dry-run");

            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.err()).contains("it is QUEUED");
            assertThat(shop.run("check-queue", "--dry-run").exitCode()).isEqualTo(2);
        }
    }

    @Test
    void mendsWhatIsSafe() {
        try (var shop = Shop.migrated()) {
            shop.database().execute("DELETE FROM async_schema_lease");

            var before = shop.run("check-queue");
            var fix = shop.run("check-queue", "--fix");

            assertThat(before.out()).contains("LEASE_MISSING").contains("`turnasync check-queue --fix` adds it");
            assertThat(fix.exitCode()).isZero();
            assertThat(fix.out())
                    .startsWith("done: added the missing lease row\n")
                    .contains("healthy");
            assertThat(shop.run("check-queue", "--fix", "--json").json().get("fixed"))
                    .isEmpty();
        }
    }

    @Test
    void tellsWhoDidWhatAndWhy() {
        try (var shop = blocked()) {
            assertThat(shop.run("audit").out()).isEqualTo("nobody did anything in public.flyway_schema_history yet\n");
            assertThat(shop.run("audit", "3").out()).isEqualTo("nobody did anything to V3 Backfill name yet\n");
            shop.run("skip", "2", "--actor", "ada", "--reason", "red \u001b[31m alert");
            shop.run("pause", "3", "--actor", "bob", "--reason", "later");

            var audit = shop.run("audit");

            assertThat(audit.exitCode()).isZero();
            assertThat(audit.out().lines().toList().get(1)).contains("bob", "V3", "pause", "QUEUED -> PAUSED", "later");
            assertThat(audit.out().lines().toList().get(2)).contains("ada", "skip", "FAILED -> SKIPPED");
            assertThat(audit.out()).doesNotContain("\u001b");
            assertThat(shop.run("audit", "3", "--json").json().get("actions")).hasSize(1);
            assertThat(shop.run("audit", "99").exitCode()).isEqualTo(1);
            assertThat(shop.run("audit", "--last", "0").exitCode()).isEqualTo(2);
            var show = shop.run("show", "3");
            assertThat(show.out()).contains("what people did", "by bob, QUEUED -> PAUSED: later");
            assertThat(shop.status("3")).isEqualTo(EntryStatus.PAUSED);
        }
    }

    @Test
    void listsTheLastFinishedOnesAndCountsAll() {
        try (var shop = Shop.migrated()) {
            shop.drain();

            var some = shop.run("list", "--last", "1");

            assertThat(some.out()).contains("Drop old totals").doesNotContain("Backfill email domain");
            assertThat(some.out()).endsWith("of 3 entries: 3 SUCCEEDED; --all shows them\n");
            assertThat(shop.run("list", "--all").out())
                    .contains("Backfill email domain")
                    .doesNotContain("--all shows");
            assertThat(shop.run("list", "--last", "0", "--json")
                            .json()
                            .get("count")
                            .get("SUCCEEDED")
                            .asInt())
                    .isEqualTo(3);
        }
    }
}

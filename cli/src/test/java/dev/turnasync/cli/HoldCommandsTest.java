package dev.turnasync.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.turnasync.api.EntryStatus;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HoldCommandsTest {

    /** Entry 2 as if a worker ran it. */
    private static Shop running() {
        var shop = Shop.migrated();
        shop.database().execute("""
                        UPDATE async_schema_migrations
                        SET came_from = 'QUEUED', status = 'RUNNING', attempt = 1, token = 3, worker = 'w', reason = NULL,
                            started_at = clock_timestamp()
                        WHERE entry_key = '2'""");
        return shop;
    }

    private static void become(Shop shop, String status) {
        switch (status) {
            case "FAILED" -> {
                shop.failing("2", "no such table");
                shop.drain();
            }
            case "SUCCEEDED" -> shop.drain("--max", "1");
            case "PAUSED" -> shop.run("pause", "2", "--reason", "x");
            default -> {}
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    pause 2    | QUEUED | PAUSED | is PAUSED (pause by al: why)   | turnasync resume 2 --reason '…'` lets it go on
                    pause v2   | FAILED | PAUSED | is PAUSED (pause by al: why)   | turnasync resume 2 --reason '…'` lets it go on
                    resume 2   | PAUSED | QUEUED | is QUEUED (resume by al: why)  | a worker takes it when it is due
                    throttle 2 --for 10m | QUEUED | QUEUED | is QUEUED | its batches wait, if it runs by then, until 10m 00s from now
                    throttle 2 --for 0   | QUEUED | QUEUED | is QUEUED | no throttle of an operator holds it any more
                    """)
    void changeAWaitingEntry(String line, String before, EntryStatus after, String told, String next) {
        try (var shop = Shop.migrated()) {
            become(shop, before);

            var run = shop.run((line + " --actor al --reason why").split(" ", -1));

            assertThat(run.err()).isEmpty();
            assertThat(run.exitCode()).isZero();
            assertThat(run.out()).startsWith("V2 Backfill email domain " + told).contains("\n  next  ", next);
            assertThat(shop.status("2")).isEqualTo(after);
            assertThat(shop.database()
                            .query("SELECT action, actor, reason FROM async_schema_actions ORDER BY id DESC LIMIT 1"))
                    .singleElement()
                    .hasToString("{action=" + line.split(" ", -1)[0] + ", actor=al, reason=why}");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    pause 2              | PAUSE    | it ends after its present batch
                    cancel 2             | CANCEL   | its statement is cancelled within about a second; then `turnasync retry 2`
                    throttle 2 --for 90s | THROTTLE | from its next batch on it waits until 1m 30s from now
                    """)
    void askARunningEntry(String line, String request, String next) {
        try (var shop = running()) {
            var run = shop.run((line + " --reason why --json").split(" ", -1));

            assertThat(run.exitCode()).isZero();
            assertThat(run.json().fieldNames()).toIterable().containsExactly("queue", "entry", "dryRun", "note");
            assertThat(run.json().get("entry").get("status").asText()).isEqualTo("RUNNING");
            assertThat(run.json().get("note").asText()).contains(next);
            assertThat(shop.database().column("SELECT request FROM async_schema_requests"))
                    .containsExactly(request);
        }
    }

    @Test
    void takeAPauseBackThatWasNotObeyedYet() {
        try (var shop = running()) {
            shop.run("pause", "2", "--reason", "x");

            assertThat(shop.run("resume", "2", "--reason", "y").out())
                    .contains("is RUNNING")
                    .contains("it goes on");
            assertThat(shop.database().column("SELECT request FROM async_schema_requests"))
                    .isEmpty();
        }
    }

    @Test
    void sayThatAFailedOneIsFailedAgain() {
        try (var shop = Shop.migrated()) {
            become(shop, "FAILED");
            become(shop, "PAUSED");

            var resume = shop.run("resume", "2", "--reason", "x");

            assertThat(resume.out()).contains("is FAILED").contains("`turnasync retry 2` queues it again");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    pause 2              | SUCCEEDED | cannot pause V2 Backfill email domain: it is SUCCEEDED
                    pause 2              | PAUSED    | cannot pause V2 Backfill email domain: it is PAUSED
                    resume 2             | QUEUED    | cannot resume V2 Backfill email domain: it is QUEUED
                    cancel 2             | QUEUED    | cannot cancel V2 Backfill email domain: it is QUEUED
                    cancel 2             | SUCCEEDED | cannot cancel V2 Backfill email domain: it is SUCCEEDED
                    throttle 2 --for 1s  | SUCCEEDED | cannot throttle V2 Backfill email domain: it is SUCCEEDED
                    pause 99             | QUEUED    | no entry 99 in public.flyway_schema_history; `turnasync list` shows
                    resume 99            | QUEUED    | no entry 99
                    cancel 99            | QUEUED    | no entry 99
                    throttle 99 --for 1s | QUEUED    | no entry 99
                    """)
    void areRefusedWithTheReason(String line, String before, String message) {
        try (var shop = Shop.migrated()) {
            become(shop, before);
            var actions = shop.database().query("SELECT id FROM async_schema_actions");

            var run = shop.run((line + " --reason why").split(" ", -1));

            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.out()).isEmpty();
            assertThat(run.err()).startsWith("turnasync: " + message);
            assertThat(shop.database().query("SELECT id FROM async_schema_actions"))
                    .isEqualTo(actions);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pause 2",
                "pause 2 --reason=",
                "resume 2",
                "cancel 2",
                "pause --reason=x",
                "throttle 2 --reason=x",
                "throttle 2 --for=10 --reason=x",
                "throttle 2 --for=-5m --reason=x",
                "throttle 2 --for= --reason=x",
                "throttle 2 --for=soon --reason=x",
                "throttle 2 --for=366d --reason=x",
                "throttle 2 --for=9999999999999999999d --reason=x",
                "pause 2 --reason=x --actor="
            })
    void areRefusedWhenWrittenWrongly(String line) {
        var run = CommandLineRun.inPipe()
                .with("TURNASYNC_URL", "jdbc:postgresql://localhost:1/x")
                .run(line.split(" ", -1));

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).isNotBlank().doesNotContain("Exception");
    }

    @Test
    void letOneOfTwoOperatorsWin() {
        try (var shop = Shop.migrated()) {
            for (var command : List.of("pause", "resume", "pause", "resume")) {
                var both = IntStream.of(1, 2)
                        .mapToObj(number -> CompletableFuture.supplyAsync(
                                () -> shop.run(command, "2", "--actor", "operator" + number, "--reason", "x")))
                        .toList();
                var runs = both.stream().map(CompletableFuture::join).toList();

                assertThat(runs).extracting(CommandLineRun::exitCode).containsExactlyInAnyOrder(0, 1);
                var winner = runs.get(0).exitCode() == 0 ? "operator1" : "operator2";
                assertThat(runs)
                        .filteredOn(run -> run.exitCode() == 1)
                        .allSatisfy(run -> assertThat(run.err())
                                .contains("cannot " + command, "x")
                                .contains(winner));
            }
            assertThat(shop.database().column("SELECT COUNT(*) FROM async_schema_actions"))
                    .containsExactly(4L);
        }
    }

    @Test
    void endARunOfAnotherProcess(@TempDir Path folder) {
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

            var cancel = shop.run("cancel", "7", "--reason", "takes too long");

            assertThat(cancel.exitCode()).isZero();
            assertThat(drain.end().exitCode()).isEqualTo(1);
            assertThat(shop.status("7")).isEqualTo(EntryStatus.FAILED);
            assertThat(shop.entry("7").get("failed_attempts")).isEqualTo(0);
            assertThat(shop.run("check-queue").out()).contains("takes too long");
        }
    }

    @Test
    void areNamedByTheCheckAndTheDrainThatMeetThem() {
        try (var shop = Shop.migrated()) {
            become(shop, "PAUSED");

            assertThat(shop.run("check-queue", "--user", "postgres").out())
                    .contains("`turnasync resume 2 --reason '…' --user postgres`");
            assertThat(shop.drain().out()).contains("next  `turnasync resume 2 --reason '…'` lets it go on");
        }
    }
}

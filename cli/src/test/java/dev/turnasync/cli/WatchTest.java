package dev.turnasync.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.turnasync.fixture.Jvm;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class WatchTest {

    private static final String ENTER = "\u001b[?1049h";
    private static final String LEAVE = "\u001b[?25h\u001b[?1049l";

    private static final int CTRL_C = 3;

    /** Whoever started the build may have told its processes to ignore SIGINT, which a shell cannot take back. */
    private static final String HEARS_CTRL_C = """
            if env --default-signal=INT true 2> /dev/null
            then set -- env --default-signal=INT
            else set -- perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV'
            fi""";

    /** Entry 2 runs and waits, as its row says. */
    private static Shop running() {
        var shop = Shop.migrated();
        shop.database().execute("""
                        UPDATE async_schema_migrations
                        SET came_from = 'QUEUED', status = 'RUNNING', attempt = 1, token = 3, worker = 'w', reason = NULL,
                            started_at = '2026-03-01T09:58:00Z'
                        WHERE entry_key = '2';
                        INSERT INTO async_schema_progress (entry_id, attempt, done, total, rate, phase, waiting, waiting_since)
                        SELECT id, 1, 2500, 10000, 100, 'batch', 'replica r1 is 12 s behind', '2026-03-01T09:59:00Z'
                        FROM async_schema_migrations WHERE entry_key = '2'""");
        return shop;
    }

    private static String plain(String frame) {
        return frame.replaceAll("\u001b\\[[?0-9;]*[A-Za-z]", "").replace("\r", "");
    }

    private static List<String> frames(CommandLineRun run) {
        return Stream.of(run.out().split("\u001b\\[H", -1)).skip(1).toList();
    }

    @Test
    void appendsSnapshotsWhereNobodyWatches() {
        try (var shop = running()) {
            var watch = shop.in(CommandLineRun.inPipe().meanwhile(() -> {})).run("watch");

            assertThat(watch.exitCode()).isZero();
            assertThat(watch.err()).isEmpty();
            var snapshot = """
                    public.flyway_schema_history  2026-03-01T10:00:00Z
                    STATUS   KEY  DESCRIPTION            TOOK    PROGRESS                     RATE   LEFT    REASON
                    RUNNING  2    Backfill email domain  2m 00s  [#####---------------] 25 %  100/s  1m 15s  batch; waits since 2026-03-01T09:59:00Z: replica r1 is 12 s behind
                    QUEUED   3    Backfill name          -                                                   REASON3
                    QUEUED   4    Drop old totals        -                                                   REASON4
                    3 entries: 2 QUEUED, 1 RUNNING

                    """.replace("REASON3", (String) shop.entry("3").get("reason"))
                    .replace("REASON4", (String) shop.entry("4").get("reason"));
            assertThat(watch.out()).isEqualTo(snapshot + snapshot);
        }
    }

    @Test
    void redrawsInPlaceAndGivesTheTerminalBack() {
        try (var shop = running()) {
            var watch = shop.in(CommandLineRun.onTerminal(200).meanwhile(() -> {}, () -> {}))
                    .run("watch");

            assertThat(watch.exitCode()).isZero();
            assertThat(watch.out()).startsWith(ENTER).containsOnlyOnce(LEAVE).doesNotContain("\u001b[2J");
            assertThat(frames(watch)).hasSize(3);
            assertThat(frames(watch).get(0)).endsWith("\u001b[J").contains("\u001b[K\r\n");
            var after = watch.out().substring(watch.out().indexOf(LEAVE) + LEAVE.length());
            assertThat(plain(after)).contains("3 entries: 2 QUEUED, 1 RUNNING");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {20, 40, 80, 120})
    void fitsTheTerminal(int columns) {
        try (var shop = running()) {
            shop.database().execute("""
                            INSERT INTO flyway_schema_history
                            SELECT 100 + i, (100 + i)::TEXT, '東京 ' || repeat('x', 70), 'JDBC', 'x.V', NULL, 'me', now(), 1, TRUE
                            FROM generate_series(1, 40) i;
                            INSERT INTO async_schema_migrations (history_table, entry_key, version, description, script, reason)
                            SELECT 'flyway_schema_history', (100 + i)::TEXT, (100 + i)::TEXT, '東京 ' || repeat('x', 70), 'x.V', repeat('y', 500)
                            FROM generate_series(1, 40) i""");

            var watch = shop.in(CommandLineRun.onTerminal(columns)).run("watch");

            var lines = plain(frames(watch).get(0).split("\u001b\\[\\?25h", -1)[0])
                    .lines()
                    .toList();
            assertThat(lines)
                    .hasSizeLessThan(CommandLineRun.ROWS)
                    .allSatisfy(line -> assertThat(PlainText.width(line)).isLessThanOrEqualTo(columns));
            assertThat(lines).anySatisfy(line -> assertThat(line).startsWith("RUNNING  2"));
            assertThat(lines).anySatisfy(line -> assertThat(line).matches("and \\d+ more"));
            assertThat(lines.get(lines.size() - 1)).startsWith("43 entries");
        }
    }

    @Test
    void endsWhenNothingIsLeftToRun() {
        try (var shop = Shop.migrated()) {
            var watch = shop.in(CommandLineRun.inPipe()
                            .meanwhile(() -> shop.drain("--max", "1"), shop::drain, () -> shop.drain("--max", "1")))
                    .run("watch", "--until-idle");

            assertThat(watch.exitCode()).isZero();
            var last = watch.out().split("\n\n", -1);
            assertThat(last).hasSize(4);
            assertThat(last[2]).contains("SUCCEEDED  2", "SUCCEEDED  4", "3 entries: 3 SUCCEEDED");
        }
    }

    @Test
    void showsOnlyTheLastFewThatEnded() {
        try (var shop = Shop.migrated()) {
            shop.drain();
            shop.database().execute("""
                            INSERT INTO async_schema_migrations
                                (history_table, entry_key, version, description, script, reason, status, finished_at, status_since)
                            SELECT 'flyway_schema_history', i::TEXT, i::TEXT, 'Old', 'x.V', 'by hand', 'SKIPPED', '2020-01-01', '2020-01-01'
                            FROM generate_series(100, 120) i""");

            var watch = shop.run("watch", "--once");

            assertThat(watch.exitCode()).isZero();
            assertThat(watch.out())
                    .contains("24 entries: 3 SUCCEEDED, 21 SKIPPED")
                    .doesNotContain("Old");
            assertThat(watch.out().lines().filter(line -> line.startsWith("SUCCEEDED")))
                    .hasSize(3);
        }
    }

    @Test
    void endsWithOneForAQueueThatWaitsForAPerson() {
        try (var shop = Shop.migrated().failing("2", "no such table")) {
            shop.drain();

            assertThat(shop.run("watch", "--once").exitCode()).isEqualTo(1);
            assertThat(shop.run("watch").exitCode()).isZero();
        }
    }

    @Test
    void waitsForADatabaseThatGoesAway() {
        try (var shop = Shop.migrated()) {
            var name = shop.database().column("SELECT current_database()::TEXT").get(0);
            try (var other = Shop.empty()) {
                Runnable leaves = () -> other.database().execute("ALTER DATABASE " + name + " CONNECTION LIMIT 0");
                Runnable returns = () -> other.database().execute("ALTER DATABASE " + name + " CONNECTION LIMIT -1");
                shop.database().execute("CREATE ROLE watcher_%s LOGIN IN ROLE pg_read_all_data".formatted(name));

                var watch = shop.in(CommandLineRun.inPipe().meanwhile(leaves, () -> {}, returns))
                        .run("watch", "--user", "watcher_" + name);
                shop.database().execute("DROP ROLE watcher_" + name);

                var looks = watch.out().split("\n\n", -1);
                assertThat(watch.exitCode()).isZero();
                assertThat(looks).hasSize(5);
                assertThat(looks[1])
                        .contains("database away since 2026-03-01T10:00:00Z, trying again: ")
                        .contains("QUEUED  2", "3 entries: 3 QUEUED");
                assertThat(looks[2]).contains("database away since");
                assertThat(looks[3]).doesNotContain("away").contains("3 entries: 3 QUEUED");
            }
        }
    }

    @Test
    void endsWithThreeWhenTheDatabaseWasNeverThere() {
        assertThat(CommandLineRun.inPipe()
                        .run("watch", "--url=jdbc:postgresql://localhost:1/x")
                        .exitCode())
                .isEqualTo(3);
    }

    @Test
    void tellsMachinesOneLineALook() {
        try (var shop = running()) {
            var watch = shop.in(CommandLineRun.inPipe().meanwhile(() -> {})).run("watch", "--json");

            assertThat(watch.out().lines()).hasSize(2).allSatisfy(line -> {
                var look = new CommandLineRun(0, line, "").json();
                assertThat(look.fieldNames()).toIterable().containsExactly("queue", "at", "away", "entries", "count");
                assertThat(look.get("entries")).hasSize(3);
            });
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"watch --every=0", "watch --every=99ms", "watch --every=2", "watch 7"})
    void refusesWhatIsWrong(String line) {
        assertThat(CommandLineRun.inPipe()
                        .with("TURNASYNC_URL", "jdbc:postgresql://localhost:1/x")
                        .run(line.split(" ", -1))
                        .exitCode())
                .isEqualTo(2);
    }

    @Test
    void obeysNoEscapesOfTheDatabase() {
        try (var shop = running()) {
            shop.database().execute("""
                            UPDATE async_schema_progress
                            SET phase = E'\\x1b[31mred\\x1b]0;title\\x07', waiting = E'a\\r\\n\\x1b[2J\\u009b31m\\u202e'""");

            for (var where : List.of(CommandLineRun.inPipe(), CommandLineRun.onTerminal(300))) {
                var out = shop.in(where).run("watch", "--color=never").out();
                assertThat(out).contains("\\x1b[31mred\\x1b]0;title\\x07").doesNotContain("\u001b[31m", "\u001b[2J");
                assertThat(plain(out).codePoints()).noneMatch(point -> point != '\n' && Character.isISOControl(point));
            }
        }
    }

    @Test
    void leavesTheScreenOnCtrlC(@TempDir Path folder) throws Exception {
        watchesAndLeaves(folder, HEARS_CTRL_C, (keys, process) -> {
            keys.write(CTRL_C);
            keys.flush();
        });
    }

    /** As a command started by {@code nohup} or by {@code &} in a script is. */
    @Test
    void leavesTheScreenWhenItIsStoppedAndCtrlCMeansNothing(@TempDir Path folder) throws Exception {
        watchesAndLeaves(folder, "trap '' INT", (keys, process) -> {
            keys.write(CTRL_C);
            keys.flush();
            process.descendants()
                    .filter(child -> child.info().command().orElse("").endsWith("java"))
                    .forEach(ProcessHandle::destroy);
        });
    }

    private interface Ending {
        void of(OutputStream keys, Process process) throws IOException;
    }

    /** In a terminal of its own, by script(1), as a person would run it. */
    private static void watchesAndLeaves(Path folder, String before, Ending ending) throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/script")), "script(1) makes a terminal");
        try (var shop = running()) {
            var typescript = folder.resolve("typescript");
            var command = "stty rows 20 cols 100\n" + before + "\nexec \"$@\" " + String.join(" ", Jvm.command())
                    + " -cp '" + Jvm.classPath() + "' dev.turnasync.cli.Main watch --every 200ms";
            var builder = Jvm.alone(new ProcessBuilder("script", "-q", "-f", "-c", command, typescript.toString()))
                    .redirectOutput(folder.resolve("out").toFile());
            builder.environment().putAll(Map.of("TURNASYNC_URL", shop.url(), "TERM", "xterm", "SHELL", "/bin/sh"));
            var process = builder.start();
            await().until(() ->
                    Files.exists(typescript) && Files.readString(typescript).split("RUNNING", -1).length > 3);

            try (var keys = process.getOutputStream()) {
                ending.of(keys, process);
                process.waitFor();
            }

            var text = Files.readString(typescript);
            assertThat(text).contains(ENTER).containsOnlyOnce(LEAVE);
            assertThat(plain(text.substring(text.indexOf(LEAVE)))).contains("3 entries: 2 QUEUED, 1 RUNNING");
            assertThat(IntStream.of(text.indexOf(ENTER), text.indexOf(LEAVE))).isSorted();
        }
    }
}

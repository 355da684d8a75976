package dev.turnasync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What people and databases should not say, said to every command. */
final class HostileTest {

    private static final String ESCAPES = "\u001b[2J\u001b]0;owned\u0007\r\n\u009b31mred\u202e\u0000end";

    /** Every command that talks to a database, with KEY where one belongs. */
    static Stream<String> commands() {
        return Stream.of(
                "check-queue",
                "list",
                "show KEY",
                "watch --once",
                "retry KEY --reason WHY",
                "skip KEY --reason WHY",
                "pause KEY --reason WHY",
                "resume KEY --reason WHY",
                "cancel KEY --reason WHY",
                "throttle KEY --for 1s --reason WHY",
                "drain --location " + Shop.LOCATION,
                "doctor",
                "schema apply",
                "schema version");
    }

    static Stream<String> commandsWithKey() {
        return commands().filter(command -> command.contains("KEY"));
    }

    static Stream<String> changes() {
        return commands().filter(command -> command.contains("WHY"));
    }

    private static String[] words(String command, String key, String reason, String... options) {
        var words = new ArrayList<String>();
        for (var word : command.split(" ", -1)) {
            words.add(word.equals("KEY") ? key : word.equals("WHY") ? reason : word);
        }
        words.addAll(List.of(options));
        return words.toArray(String[]::new);
    }

    private static void assertHarmless(CommandLineRun run) {
        assertThat(run.all().codePoints())
                .noneMatch(point -> point != '\n'
                        && (Character.isISOControl(point) || Character.getType(point) == Character.FORMAT));
    }

    @ParameterizedTest
    @MethodSource("commandsWithKey")
    void keysAreNeverSqlNorObeyed(String command) {
        try (var shop = Shop.migrated()) {
            for (var key : List.of(
                    "2'; DROP TABLE async_schema_migrations; --",
                    "2\" OR \"1\"=\"1",
                    "'||(SELECT 1)||'",
                    "%",
                    "?",
                    "$1",
                    "{fn now()}",
                    "2;",
                    "R__" + ESCAPES,
                    "x".repeat(100_000),
                    "-1",
                    "99999999999999999999999999")) {
                var run = shop.run(words(command, key, "why"));

                assertThat(run.exitCode()).as(key).isIn(1, 2);
                assertThat(run.out()).isEmpty();
                assertHarmless(run);
            }
            assertThat(shop.run("list", "--json").json().get("entries"))
                    .hasSize(3)
                    .allSatisfy(
                            entry -> assertThat(entry.get("status").asText()).isEqualTo("QUEUED"));
        }
    }

    @ParameterizedTest
    @MethodSource("changes")
    void reasonsAreStoredAndShownHarmless(String command) {
        var name = command.split(" ", -1)[0];
        for (var reason : List.of(ESCAPES, "it's \"quoted\"; DROP TABLE x; -- \\ $1 ? {x}", "é".repeat(100_000))) {
            try (var shop = ready(name)) {
                var run = shop.run(words(command, "2", reason, "--actor", "al\u001b[31m"));

                assertThat(run.exitCode()).as(name).isZero();
                assertHarmless(run);
                var stored = shop.database()
                        .column("SELECT reason FROM async_schema_actions WHERE action = ?", name)
                        .get(0);
                if (reason.length() < 10_000) {
                    assertThat(stored).isEqualTo(visible(reason));
                } else {
                    assertThat((String) stored).startsWith("é".repeat(9_000)).endsWith(" more characters)");
                }
                for (var look : List.of("list", "show 2", "watch --once", "check-queue", "list --json", "doctor")) {
                    assertHarmless(shop.run(look.split(" ", -1)));
                }
            }
        }
    }

    /** As it is stored: control characters, and those that turn the direction of text, as escapes; lines as they end here. */
    private static String visible(String reason) {
        return reason.replace("\r\n", "\n")
                .chars()
                .mapToObj(c -> c == 0 ? "\\0" : isSafe(c) ? Character.toString(c) : "\\u%04x".formatted(c))
                .collect(Collectors.joining());
    }

    private static boolean isSafe(int c) {
        return c == '\n' || (!Character.isISOControl(c) && c != 0x202e);
    }

    /** A shop whose entry 2 allows a change. */
    private static Shop ready(String name) {
        var shop = Shop.migrated();
        switch (name) {
            case "retry" -> {
                shop.failing("2", "no such table");
                shop.drain();
            }
            case "resume" -> shop.run("pause", "2", "--reason", "x");
            case "cancel" -> shop.database().execute("""
                            UPDATE async_schema_migrations
                            SET came_from = 'QUEUED', status = 'RUNNING', attempt = 1, token = 3, worker = 'w', reason = NULL,
                                started_at = now()
                            WHERE entry_key = '2'""");
            default -> {}
        }
        return shop;
    }

    @Test
    void errorsOfMigrationsAreShownHarmless() {
        var message = ESCAPES.replace("\u0000", "");
        try (var shop = Shop.migrated().failing("2", message)) {
            shop.database().execute("UPDATE async_schema_migrations SET script = E'x\\x1b[31m' WHERE entry_key = '3'");

            var drain = shop.drain("--verbose");

            assertThat(drain.exitCode()).isEqualTo(1);
            assertThat(drain.out()).contains("\\x1b[2J");
            for (var line :
                    List.of("show 2 --stack-trace", "show 3", "list", "watch --once", "check-queue", "show 2 --json")) {
                var run = shop.run(line.split(" ", -1));
                assertHarmless(run);
            }
            assertHarmless(shop.run("check-queue", "--location", Shop.LOCATION));
        }
    }

    @ParameterizedTest
    @MethodSource("commands")
    void aSilentDatabaseIsGivenUp(String command) throws IOException {
        try (var silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            var url = "jdbc:postgresql://localhost:" + silent.getLocalPort() + "/shop";

            var run = CommandLineRun.inPipe().run(words(command, "2", "why", "--connect-timeout=1", "--url", url));

            assertThat(run.exitCode()).isEqualTo(3);
            assertThat(run.out()).isEmpty();
            assertThat(run.err()).startsWith("turnasync: cannot reach " + url);
        }
    }

    @ParameterizedTest
    @MethodSource("commands")
    void aWrongUrlIsWrongUsage(String command) {
        for (var url : List.of(
                "x",
                "jdbc:postgresql",
                "jdbc:mysql://h/x",
                "jdbc:postgresql://h:99999999/x",
                "http://h",
                "\u001b[2J")) {
            var run = CommandLineRun.inPipe().run(words(command, "2", "why", "--url", url));

            assertThat(run.exitCode()).as(url).isEqualTo(2);
            assertThat(run.out()).isEmpty();
            assertHarmless(run);
        }
    }

    @ParameterizedTest
    @MethodSource("commands")
    void aUserWithoutRightsIsToldSo(String command) {
        try (var shop = Shop.migrated()) {
            var role = "stranger_"
                    + shop.database().column("SELECT current_database()::TEXT").get(0);
            shop.database().execute("CREATE ROLE " + role + " LOGIN");

            var run = shop.run(words(command, "2", "why", "--user", role));
            shop.database().execute("DROP ROLE " + role);

            assertThat(run.exitCode()).isIn(1, 4);
            assertThat(run.all())
                    .containsAnyOf("permission denied for table", "GRANT SELECT ON")
                    .doesNotContain("\tat ");
        }
    }

    @ParameterizedTest
    @MethodSource("commands")
    void tablesThatAreTooNewAreRefused(String command) {
        try (var shop = Shop.migrated()) {
            shop.database().execute("INSERT INTO async_schema_version VALUES (99, 98)");

            var run = shop.run(words(command, "2", "why"));

            assertThat(run.exitCode()).isIn(1, 4);
            assertThat(run.all()).contains("are of version 99 and need a program that knows version 98");
        }
    }

    @Test
    void namesOfTheDatabaseAreQuoted() {
        try (var shop = Shop.migrated()) {
            var schema = "a\"; DROP SCHEMA public CASCADE; -- \u001b[31m";
            var quoted = '"' + schema.replace("\"", "\"\"") + '"';
            shop.database()
                    .execute("CREATE SCHEMA %1$s; CREATE TABLE %1$s.\"h\"\"'; x\" (LIKE flyway_schema_history)"
                            .formatted(quoted));
            for (var command :
                    List.of("schema apply", "schema version", "check-queue", "list", "watch --once", "doctor")) {
                var run = shop.run(words(command, "", "", "--schema", schema, "--table", "h\"'; x"));

                assertThat(run.exitCode()).as(command + run.all()).isZero();
                assertHarmless(run);
            }
            assertThat(Objects.toString(shop.database().column("SELECT to_regnamespace('public') IS NOT NULL")))
                    .isEqualTo("[true]");
        }
    }
}

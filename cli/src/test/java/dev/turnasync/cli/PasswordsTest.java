package dev.turnasync.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.turnasync.cli.CommandLineRun.Surrounding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** On a server that asks the role {@code guarded} for its password. */
final class PasswordsTest {

    private static final String SECRET = "s3cr3t-Zq9";
    private static Shop shop;

    @BeforeAll
    static void asksForPasswords() {
        shop = Shop.migrated();
        shop.database().execute("""
                        DROP ROLE IF EXISTS guarded;
                        CREATE ROLE guarded LOGIN SUPERUSER PASSWORD '%s';
                        DO $$
                        DECLARE
                            file TEXT := current_setting('hba_file');
                            rules TEXT[] := 'host all guarded all scram-sha-256'::TEXT
                                || string_to_array(pg_read_file(current_setting('hba_file')), E'\\n');
                        BEGIN
                            EXECUTE format('COPY (SELECT unnest(%%L::TEXT[])) TO %%L', rules, file);
                        END $$;
                        SELECT pg_reload_conf()""".formatted(SECRET));
        await().until(PasswordsTest::isGuarded);
    }

    @AfterAll
    static void closes() {
        shop.close();
    }

    private static boolean isGuarded() {
        try (var connection = shop.database().dataSourceAs("guarded").getConnection()) {
            return connection.isClosed();
        } catch (SQLException e) {
            return true;
        }
    }

    private static Surrounding guarded() {
        return CommandLineRun.inPipe().with("TURNASYNC_URL", url()).with("TURNASYNC_USER", "guarded");
    }

    private static String url() {
        return shop.url().replace("&user=postgres", "");
    }

    @Test
    void comeFromTheEnvironment() {
        assertThat(guarded().with("TURNASYNC_PASSWORD", SECRET).run("list").exitCode())
                .isZero();
    }

    @Test
    void comeFromAFile(@TempDir Path folder) throws IOException {
        var file = Files.writeString(folder.resolve("password"), SECRET + "\nsecond line\n");

        assertThat(guarded().run("list", "--password-file", file.toString()).exitCode())
                .isZero();
    }

    @Test
    void comeFromAPersonWithoutEcho() {
        var list = guarded().answering(SECRET).run("list", "--password");

        assertThat(list.exitCode()).isZero();
        assertThat(list.err()).isEqualTo("Password of guarded: ");
        assertThat(guarded()
                        .answering(SECRET)
                        .run("list", "--password", "--json")
                        .exitCode())
                .isZero();
    }

    @Test
    void needATerminalToBeAskedOn() {
        var list = guarded().run("list", "--password");

        assertThat(list.exitCode()).isEqualTo(2);
        assertThat(list.err()).contains("no terminal");
    }

    @Test
    void mayBeInTheUrlOfTheEnvironment() {
        assertThat(guarded()
                        .with("TURNASYNC_URL", url() + "&password=" + SECRET)
                        .run("list")
                        .exitCode())
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "list --password=PW",
                "list --password=-PW",
                "list --password PW",
                "show --password PW",
                "list --url=jdbc:postgresql://localhost/x?password=PW",
                "list --url=jdbc:postgresql://localhost/x?user=me&password=PW",
                "list --url jdbc:postgresql://me:PW@localhost/x",
            })
    void areRefusedOnTheCommandLine(String line) {
        var run = guarded().run(line.replace("PW", SECRET).split(" "));

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("TURNASYNC_PASSWORD").contains("--password-file");
        assertThat(run.all()).doesNotContain(SECRET);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "list --pasword=PW",
                "list --pasword PW",
                "list PW",
                "PW",
                "list --url=mysql://me:PW@localhost/x",
                "list --url=jdbc:postgresql://h:p:x/y;password=PW"
            })
    void areNotRepeatedAfterAMistake(String line) {
        var run = guarded().run(line.replace("PW", SECRET).split(" "));

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.all()).doesNotContain(SECRET);
    }

    @Test
    void areNeverPrintedWhenTheyAreWrong() {
        for (var list : List.of(
                guarded().with("TURNASYNC_PASSWORD", SECRET + "x").run("list", "--verbose"),
                guarded()
                        .with("TURNASYNC_URL", url() + "&password=" + SECRET + "x")
                        .run("list", "--verbose"),
                guarded().answering(SECRET + "x").run("list", "--verbose", "--password"))) {
            assertThat(list.exitCode()).isEqualTo(3);
            assertThat(list.err()).contains("password authentication failed").contains("    at ");
            assertThat(list.all()).doesNotContain(SECRET);
        }
    }

    @Test
    void areNeverPrintedWhenTheUrlCannotBeRead() {
        var url = "jdbc:postgresql://host:port:x/db?password=" + SECRET;

        var list = guarded().with("TURNASYNC_URL", url).run("list", "--verbose");

        assertThat(list.exitCode()).isEqualTo(2);
        assertThat(list.all()).doesNotContain(SECRET);
    }

    @Test
    void areHiddenInWhatTheDatabaseTells() {
        try (var other = Shop.migrated().failing("2", "cannot open jdbc:postgresql://h/x?user=u&password=" + SECRET)) {
            var drain = other.drain("--verbose");
            var show = other.run("show", "2", "--stack-trace");
            var json = other.run("show", "2", "--json");

            assertThat(drain.all() + show.all() + json.all())
                    .doesNotContain(SECRET)
                    .contains("password=***");
            assertThat(json.json().get("attempts")).hasSize(1);
        }
    }

    @Test
    void areNotInTheHelp() {
        var surrounding =
                guarded().with("TURNASYNC_PASSWORD", SECRET).with("TURNASYNC_URL", url() + "&password=" + SECRET);

        assertThat(surrounding.run("list", "--help").all())
                .contains("--password-file")
                .doesNotContain(SECRET);
    }
}

package dev.turnasync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.cli.CommandLineRun.Surrounding;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where the settings come from, and which one counts. */
final class ConfigTest {

    private static final String SECRET = "s3cr3t-Zq9";
    private static Shop shop;

    @TempDir
    Path folder;

    @BeforeAll
    static void migrates() {
        shop = Shop.empty();
        shop.flyway(Shop.LOCATION)
                .defaultSchema("sales")
                .table("history")
                .load()
                .migrate();
    }

    @AfterAll
    static void closes() {
        shop.close();
    }

    @BeforeEach
    void isPrivate() throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    }

    private Surrounding here() {
        return CommandLineRun.inPipe().in(folder);
    }

    private static String url() {
        return shop.url().replaceAll("[?&]user=postgres", "");
    }

    private Path write(String name, String text) throws IOException {
        var file = Files.writeString(folder.resolve(name), text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return file;
    }

    private static void assertFindsTheQueue(CommandLineRun run) {
        assertThat(run.err()).isEmpty();
        assertThat(run.exitCode()).isZero();
        assertThat(run.json().get("queue").asText()).isEqualTo("sales.history");
        assertThat(run.json().get("entries")).hasSize(3);
    }

    private void writeAll(String name, String table) throws IOException {
        switch (name) {
            case "turnasync.properties" ->
                write(name, "# ours\nurl = %s\nuser=postgres\nschema=sales\ntable=%s\n".formatted(url(), table));
            case "flyway.conf" ->
                write(
                        name,
                        "flyway.url=%s\nflyway.user=${DB_USER}\nflyway.schemas=sales,other\nflyway.table=%s\nflyway.x=1\n"
                                .formatted(url(), table));
            default -> write(name, """
                    [environments.production]
                    url = "%s"
                    user = "${env.DB_USER}"
                    schemas = ["sales", "other"]
                    [environments.broken]
                    url = "jdbc:postgresql://localhost:1/x"
                    [flyway]
                    environment = "production"
                    table = "%s"
                    locations = ["filesystem:sql"]
                    """.formatted(url(), table));
        }
    }

    @ParameterizedTest
    @CsvSource({"turnasync.properties", "flyway.toml", "flyway.conf"})
    void comeFromAFileInTheWorkingDirectory(String name) throws IOException {
        writeAll(name, "history");
        var surrounding = here().with("DB_USER", "postgres");

        assertFindsTheQueue(surrounding.run("list", "--json"));
        assertThat(surrounding.run("list", "--verbose").err())
                .contains("INFO configuration file: " + folder.resolve(name));
    }

    @Test
    void comeFromOurOwnFileFirst() throws IOException {
        writeAll("flyway.conf", "other2");
        assertThat(here().with("DB_USER", "postgres").run("list").all()).contains("sales.other2");
        writeAll("flyway.toml", "other1");
        assertThat(here().with("DB_USER", "postgres").run("list").all()).contains("sales.other1");
        writeAll("turnasync.properties", "history");
        assertFindsTheQueue(here().run("list", "--json"));
    }

    @Test
    void comeFromTheFileThatIsNamed() throws IOException {
        writeAll("turnasync.properties", "other");
        var file = write("ops.properties", "url=" + url() + "\nuser=postgres\nschema=sales\ntable=history");

        assertFindsTheQueue(here().run("list", "--json", "--config", file.toString()));
        assertFindsTheQueue(here().run("list", "--json", "--config", "ops.properties"));
    }

    @Test
    void comeFromFlywaysEnvironmentAfterOurs() {
        var flyway = here().with("FLYWAY_URL", url())
                .with("FLYWAY_USER", "postgres")
                .with("FLYWAY_DEFAULT_SCHEMA", "sales")
                .with("FLYWAY_TABLE", "history");

        assertFindsTheQueue(flyway.run("list", "--json"));
        assertFindsTheQueue(flyway.with("FLYWAY_USER", "nobody")
                .with("TURNASYNC_USER", "postgres")
                .run("list", "--json"));
        assertThat(flyway.with("TURNASYNC_URL", "jdbc:postgresql://localhost:1/x")
                        .run("list")
                        .exitCode())
                .isEqualTo(3);
    }

    @Test
    void ofANearerPlaceCount() throws IOException {
        write("turnasync.properties", "url=jdbc:postgresql://localhost:1/x\nuser=nobody\nschema=nowhere\ntable=none");
        var surrounding = here().with("FLYWAY_URL", url()).with("FLYWAY_TABLE", "nothing");

        assertFindsTheQueue(surrounding.run("list", "--json", "--user=postgres", "--schema=sales", "--table=history"));
        assertThat(surrounding.run("list", "--user=postgres", "--schema=sales").all())
                .contains("sales.nothing");
        // A user in the URL of the environment is nearer than the file's.
        assertFindsTheQueue(
                here().with("TURNASYNC_URL", shop.url()).run("list", "--json", "--schema=sales", "--table=history"));
    }

    @Test
    void ofAnEnvironmentAreThoseThatAreAskedFor() throws IOException {
        writeAll("flyway.toml", "history");
        var surrounding = here().with("DB_USER", "postgres");

        assertThat(surrounding.run("list", "--environment", "broken").exitCode())
                .isEqualTo(3);
        var unknown = surrounding.run("list", "--environment", "nowhere");
        assertThat(unknown.exitCode()).isEqualTo(2);
        assertThat(unknown.err()).contains("flyway.toml has no environment nowhere; it has production, broken");
        assertThat(surrounding.with("FLYWAY_ENVIRONMENT", "broken").run("list").exitCode())
                .isEqualTo(3);
    }

    @Test
    void needATomlForAnEnvironment() throws IOException {
        write("turnasync.properties", "url=" + url());

        assertThat(here().run("list", "--environment", "x").err()).contains("turnasync.properties is none");
        assertThat(CommandLineRun.inPipe().run("list", "--environment", "x").err())
                .contains("there is none here");
    }

    @Test
    void sayWhereTheClassesAre() throws IOException {
        try (var other = Shop.empty()) {
            var jar = MigrationJar.of(folder, "V7__Create_report", "CREATE TABLE report (a INT)");
            jar.migrate(other);
            write("turnasync.properties", "url=" + other.url() + "\njar=app.jar\nlocation=classpath:db/migration\n");

            assertThat(here().run("check-queue").out()).startsWith("healthy").doesNotContain("not checked");
            other.database()
                    .execute(
                            "UPDATE async_schema_migrations SET queued_at = '2020-01-01', status_since = '2020-01-01'");
            assertThat(here().run("check-queue").out())
                    .contains("`turnasync drain`")
                    .doesNotContain("--jar FILE");
            assertThat(here().run("drain").exitCode()).isZero();
        }
    }

    @Test
    void ofFlywaysLocationsNameNoClassesAlone() throws IOException {
        write("flyway.conf", "flyway.url=" + shop.url() + "\nflyway.locations=classpath:db/migration,filesystem:sql");

        assertThat(here().run("drain").err()).contains("give --jar FILE");
    }

    @Test
    void areRepeatedInTheNextStep() throws IOException {
        var file = write("my ops.properties", "url=" + url() + "\nuser=postgres\nschema=sales\ntable=history");

        var pause = here().run("pause", "2", "--reason=x", "--config", file.toString());

        assertThat(pause.out()).contains("`turnasync resume 2 --reason '…' --config '" + file + "'`");
        here().run("resume", "2", "--reason=x", "--config", file.toString());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    turnasync.properties | url=x~password s3cr3t-Zq9     | turnasync.properties line 2 is not of the form key = value
                    turnasync.properties | url=x~~s3cr3t-Zq9=            | turnasync.properties line 3 has an unknown key; known are url, user
                    turnasync.properties | password=${env.NOT_THERE}     | turnasync.properties line 1 refers to the environment variable NOT_THERE
                    turnasync.properties | #~password=${vault.s3cr3t-Zq9} | turnasync.properties line 2 has a reference that only Flyway can resolve
                    flyway.conf          | flyway.url=x~~s3cr3t-Zq9      | flyway.conf line 3 is not of the form key = value
                    flyway.conf          | flyway.url=mysql://me:s3cr3t-Zq9@h/x | the URL must start with jdbc:postgresql
                    flyway.toml          | [flyway]~table = s3cr3t-Zq9   | flyway.toml line 2 is not TOML
                    flyway.toml          | [environments.default]~password = "s3cr3t-Zq9 | flyway.toml line 2 is not TOML
                    flyway.toml          | [environments.default]~password = 12345 | flyway.toml: environments.default.password must be a string
                    flyway.toml          | [flyway]~locations = "s3cr3t-Zq9" | flyway.toml: flyway.locations must be an array of strings
                    flyway.toml          | [environments.default]~url = "${vault.s3cr3t-Zq9}" | environments.default.url has a reference that only Flyway
                    """)
    void areRefusedWithFileAndLineAndNoSecret(String name, String text, String message) throws IOException {
        write(name, text.replace("~", "\n"));

        var list = here().run("list", "--verbose");

        assertThat(list.exitCode()).isEqualTo(2);
        assertThat(list.err()).contains(message).doesNotContain("\tat ");
        assertThat(list.all()).doesNotContain(SECRET);
    }

    @Test
    void areRefusedFromAFileThatCannotBeRead() throws IOException {
        Files.write(folder.resolve("latin.properties"), "user=Jürgen".getBytes(StandardCharsets.ISO_8859_1));
        write("large.conf", "#".repeat(1_000_001));
        for (var file : Map.of(
                        "missing.conf", "there is no such file",
                        "latin.properties", "it is not UTF-8",
                        "large.conf", "it is too large",
                        ".", "it is no file")
                .entrySet()) {
            var list = here().run("list", "--config", file.getKey());

            assertThat(list.exitCode()).isEqualTo(2);
            assertThat(list.err())
                    .contains("cannot read " + folder.resolve(file.getKey()))
                    .contains(file.getValue());
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    turnasync.properties | password = s3cr3t-Zq9                        | true
                    turnasync.properties | password = ${env.PW}                         | false
                    turnasync.properties | user = me                                    | false
                    turnasync.properties | url=jdbc:postgresql://localhost:1/x?password=s3cr3t-Zq9 | true
                    flyway.conf          | flyway.password=s3cr3t-Zq9                   | true
                    flyway.toml          | environments.default.password = "s3cr3t-Zq9" | true
                    flyway.toml          | environments.default.password = "${env.PW}"  | false
                    """)
    void withAPasswordShouldBePrivate(String name, String text, boolean warns) throws IOException {
        var file = write(name, text);
        var surrounding = here().with("PW", SECRET).with("FLYWAY_URL", "jdbc:postgresql://localhost:1/x");

        assertThat(surrounding.run("list").err()).doesNotContain("WARNING");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        var list = surrounding.run("list", "--verbose");

        assertThat(list.err().contains("WARNING " + file + " has a password and is readable by others"))
                .isEqualTo(warns);
        assertThat(list.all()).doesNotContain(SECRET);
    }

    @Test
    void keepABackslashAndGoOnAfterOne() throws IOException {
        var lines = PropertyLines.read(
                "f", "\uFEFFa=1\nb=p\\w\\\nc = x,\\\n  y ,\n\n! no\nd=", new References(Map.of(), false));

        assertThat(lines.get("b")).isEqualTo("p\\w\\");
        assertThat(lines.all("c")).containsExactly("x", "y");
        assertThat(lines.get("d")).isNull();
    }
}

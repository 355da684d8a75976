package dev.turnasync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.turnasync.api.EntryStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands over three shards, of which one is away. */
final class ShardCommandsTest {

    @TempDir
    Path folder;

    private ShopShards shops;

    @BeforeEach
    void open() {
        shops = ShopShards.in(folder);
    }

    @AfterEach
    void close() {
        shops.close();
    }

    private void fail(Shop shop) {
        shop.failing("2", "no such table");
        shop.drain();
    }

    private static JsonNode shard(CommandLineRun run, int place) {
        return run.json().get("shards").get(place);
    }

    @Test
    void listsAllInOneTable() {
        var list = shops.all("list");

        assertThat(list.exitCode()).isEqualTo(3);
        assertThat(list.out())
                .startsWith("SHARD  STATUS")
                .containsPattern("eu-1   QUEUED +2 +Backfill email domain")
                .containsPattern("us-1   QUEUED +4 +Drop old totals")
                .containsPattern("eu-1   DONE         3 entries: 3 QUEUED\n")
                .containsPattern("eu-2   UNREACHABLE  .*localhost:[0-9]+ refused")
                .endsWith("3 shards: 2 DONE, 1 UNREACHABLE\n");
        assertThat(list.err()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "shard.eu-1.password = s3cr3t-Zq9, true",
        "shard.eu-1.password = ${PATH}, false",
        "shard.eu-2.url = jdbc:postgresql://localhost:1/x?user=me&password=s3cr3t-Zq9, true",
        "shard.eu-2.url = jdbc:postgresql://localhost:1/x?user=me&password=${PATH}, false",
        "shard.eu-1.user = postgres, false"
    })
    void warnsOfAPasswordThatOthersCanRead(String line, boolean warns) throws IOException {
        var text = Files.readString(shops.file());
        var key = line.substring(0, line.indexOf(' '));
        Files.writeString(shops.file(), text.replaceAll("(?m)^\\Q" + key + "\\E .*\n", "") + line + "\n");
        Files.setPosixFilePermissions(shops.file(), PosixFilePermissions.fromString("rw-------"));
        assertThat(shops.all("list").err()).doesNotContain("WARNING");

        Files.setPosixFilePermissions(shops.file(), PosixFilePermissions.fromString("rw-r-----"));
        var list = shops.all("list");

        assertThat(list.err().contains("has a password and is readable by others; `chmod 600` it"))
                .isEqualTo(warns);
        assertThat(list.all()).doesNotContain("s3cr3t-Zq9");
    }

    @Test
    void listsForMachines() {
        var list = shops.all("list", "--json");

        assertThat(list.exitCode()).isEqualTo(3);
        assertThat(shard(list, 0).get("shard").asText()).isEqualTo("eu-1");
        assertThat(shard(list, 0).get("outcome").asText()).isEqualTo("DONE");
        assertThat(shard(list, 0).get("error").isNull()).isTrue();
        assertThat(shard(list, 0).get("queue").asText()).isEqualTo("eu-1/public.flyway_schema_history");
        assertThat(shard(list, 0).get("entries")).hasSize(3);
        assertThat(shard(list, 1).get("outcome").asText()).isEqualTo("UNREACHABLE");
        assertThat(shard(list, 1).get("error").asText()).contains("refused");
        assertThat(list.json().get("verdict").asText()).isEqualTo("UNREACHABLE");
        assertThat(list.json().get("count").get("DONE").asInt()).isEqualTo(2);
    }

    @Test
    void checksAllAndTellsMoreOfTheOneWithAProblem() {
        fail(shops.us1());

        var check = shops.all("check-queue");

        assertThat(check.exitCode()).isEqualTo(3);
        assertThat(check.out())
                .containsPattern("eu-1   DONE         healthy: .*3 entries")
                .containsPattern("eu-2   UNREACHABLE  .*refused")
                .containsPattern("us-1   ATTENTION    PROBLEM +BLOCKED")
                .contains("us-1                not healthy: 1 problem")
                .contains("`turnasync retry 2 --shards " + shops.file() + " --shard us-1`")
                .endsWith("3 shards: 1 DONE, 1 ATTENTION, 1 UNREACHABLE\n");
        assertThat(shops.run("check-queue", "--shard", "us-1").exitCode()).isEqualTo(1);
        var well = shops.run("check-queue", "--shard", "eu-1", "--fix");
        assertThat(well.exitCode()).isZero();
        assertThat(well.out()).contains("nothing to mend").endsWith("1 shard: 1 DONE\n");
    }

    @Test
    void obeysAKeyWithItsShard() {
        fail(shops.eu1());
        fail(shops.us1());

        var retry = shops.run("retry", "us-1/2");

        assertThat(retry.exitCode()).isZero();
        assertThat(retry.out()).containsPattern("us-1   DONE         V2 Backfill email domain is QUEUED");
        assertThat(shops.us1().status("2")).isEqualTo(EntryStatus.QUEUED);
        assertThat(shops.eu1().status("2")).isEqualTo(EntryStatus.FAILED);
        var refused = shops.run("retry", "us-1/99", "--json");
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(shard(refused, 0).get("outcome").asText()).isEqualTo("FAILED");
        assertThat(shard(refused, 0).get("error").asText()).contains("99");
    }

    @Test
    void takesTheFileFromTheEnvironment() {
        var surrounding =
                CommandLineRun.inPipe().with("TURNASYNC_SHARDS", shops.file().toString());

        var show = surrounding.run("show", "eu-1/2", "--json");

        assertThat(show.exitCode()).isZero();
        assertThat(shard(show, 0).get("entry").get("key").asText()).isEqualTo("2");
        assertThat(surrounding.run("list", "--shard", "eu-1").exitCode()).isZero();
        assertThat(surrounding
                        .with("TURNASYNC_URL", shops.us1().url())
                        .run("list")
                        .out())
                .as("nothing chose a shard")
                .doesNotContain("SHARD");
    }

    @Test
    void takesTheFileFromTheConfiguration() throws Exception {
        Files.writeString(folder.resolve("turnasync.properties"), "shards.file = shards.properties\n");

        var list = CommandLineRun.inPipe().in(folder).run("list", "--shard", "us-*");

        assertThat(list.out()).endsWith("1 shard: 1 DONE\n");
    }

    @Test
    void decidesInEveryShardThatCanBeReached() {
        fail(shops.eu1());

        var skip = shops.run("skip", "*/2", "--reason", "not needed", "--actor", "ada");
        var marked = shops.run("mark-applied", "3", "--shard", "eu-1", "--shard", "us-1", "--reason", "by hand");
        var paused = shops.all("pause", "4", "--reason", "sale");

        assertThat(skip.exitCode()).isEqualTo(3);
        assertThat(skip.out())
                .containsPattern("eu-1   DONE         V2 .* is SKIPPED \\(.*by ada: not needed\\)")
                .containsPattern("us-1   DONE         V2 .* is SKIPPED");
        assertThat(marked.exitCode()).isZero();
        assertThat(paused.exitCode()).isEqualTo(3);
        assertThat(paused.out())
                .contains("`turnasync resume 4 --reason '…' --shards " + shops.file() + " --shard us-1`");
        assertThat(shops.us1().status("3")).isEqualTo(EntryStatus.SUCCEEDED);
        assertThat(shops.us1().status("4")).isEqualTo(EntryStatus.PAUSED);
        assertThat(shops.run("resume", "us-1/4", "--reason", "over").exitCode()).isZero();
        assertThat(shops.us1().status("4")).isEqualTo(EntryStatus.QUEUED);
        assertThat(shops.eu1().status("4")).isEqualTo(EntryStatus.PAUSED);
    }

    @Test
    void drainsSideBySide() {
        var drain = shops.all("drain", "--location", Shop.LOCATION);

        assertThat(drain.exitCode()).isEqualTo(3);
        assertThat(drain.out())
                .contains("us-1  V2 Backfill email domain: started, attempt 1")
                .contains("us-1   DONE         3 succeeded; ended because no entry is left")
                .endsWith("3 shards: 2 DONE, 1 UNREACHABLE\n");
        assertThat(shops.run("drain", "--location", Shop.LOCATION, "--shard", "us-1", "--json")
                        .exitCode())
                .isZero();
        assertThat(shops.run("drain", "--all-shards").exitCode())
                .as("no classes")
                .isEqualTo(2);
    }

    @Test
    void waitsInEachShardForItself() {
        shops.eu1()
                .database()
                .execute(
                        "UPDATE async_schema_lease SET token = token + 1, worker = 'killed', renewed_at = clock_timestamp(),"
                                + " lease_until = clock_timestamp() + INTERVAL '1 hour'");

        var drain =
                shops.run("drain", "--location", Shop.LOCATION, "--wait", "50ms", "--shard", "eu-1", "--shard", "us-1");

        assertThat(drain.exitCode()).isEqualTo(5);
        assertThat(drain.out())
                .contains("eu-1   ATTENTION    nothing was run; ended after waiting 50 ms because another worker holds")
                .containsPattern("us-1   DONE +3 succeeded");
    }

    @Test
    void drainsTheCanaryFirst() {
        shops.saying("shards.canary = eu-1").eu1().failing("2", "no such table");

        var drain = shops.run("drain", "--location", Shop.LOCATION, "--shard", "eu-1", "--shard", "us-1");

        assertThat(drain.exitCode()).isEqualTo(1);
        assertThat(drain.out())
                .containsPattern("eu-1   ATTENTION    1 failed for good")
                .contains("us-1   NOT_STARTED  not begun")
                .contains("`turnasync retry 2 --shards " + shops.file() + " --shard eu-1 --location " + Shop.LOCATION);
        assertThat(shops.us1().status("2")).isEqualTo(EntryStatus.QUEUED);
    }

    @Test
    void goesNoFurtherFromACanaryThatIsNotFinished() {
        shops.saying("shards.canary = eu-1").eu1().failing("2", "deadlock", "40P01");
        shops.eu1().drain();

        var drain = shops.run("drain", "--location", Shop.LOCATION, "--shard", "eu-1", "--shard", "us-1");

        assertThat(drain.exitCode()).isEqualTo(1);
        assertThat(drain.out()).contains("us-1   NOT_STARTED");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "list",
                "check-queue --fix",
                "wait --all",
                "retry 2",
                "retry xx-1/2",
                "retry eu-1/",
                "retry eu-1/2 --shard eu-1",
                "list --shard xx-*",
                "list --shard eu-1 --all-shards",
                "list --all-shards --at-once 0",
                "list --all-shards --url jdbc:postgresql://localhost/shop",
                "list --all-shards --schema shop"
            })
    void refusesWhatIsNotClear(String line) {
        var run = shops.run(line.split(" ", -1));

        assertThat(run.exitCode()).as(run.all()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
    }

    @Test
    void tellsWhatIsMissing() {
        assertThat(shops.run("list").err()).contains("choose the shards: --shard ID", "--all-shards");
        assertThat(shops.run("list", "--shard", "xx").err()).contains("no shard \"xx\"", "eu-1, eu-2, us-1");
        assertThat(CommandLineRun.inPipe().run("list", "--all-shards").err()).contains("no shards: give --shards FILE");
        assertThat(CommandLineRun.inPipe().run("list", "--at-once", "2").err()).contains("--at-once is for shards");
        assertThat(shops.all("list", "--at-once", "0").err()).contains("--at-once must be at least 1: 0");
        assertThat(shops.saying("shard.eu-1.colour = red").all("list").err()).contains("shard.eu-1.colour");
    }

    @Test
    void hidesPasswordsAndControlCharacters() {
        shops.saying("shard.eu-2.password = refused");
        shops.eu1().failing("2", "zap \u001b[31m");
        shops.eu1().drain();

        assertThat(shops.all("check-queue").all()).contains("***").doesNotContain("refused", "\u001b");
        assertThat(shops.all("list", "--json").all()).contains("***").doesNotContain("refused", "\u001b");
    }

    @Test
    void hasColorsOnlyOfItsOwn() {
        var list = shops.all("list", "--color", "always");

        assertThat(list.out()).contains("\u001b[1;31mUNREACHABLE").contains("\u001b[32mDONE");
    }
}

package dev.turnasync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The deploy gate over shards. */
final class ShardWaitTest {

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

    @Test
    void opensWhenTheLastShardDoes() {
        shops.eu1().drain();
        var meanwhile = CommandLineRun.inPipe().meanwhile(() -> shops.us1().drain());

        var wait =
                shops.run(meanwhile, "wait", "--version", "2", "--shard", "eu-1", "--shard", "us-1", "--timeout", "1h");

        assertThat(wait.exitCode()).isZero();
        assertThat(wait.out().lines())
                .containsExactlyInAnyOrder(
                        "eu-1  APPLIED  V2 Backfill email domain is SUCCEEDED",
                        "us-1  PENDING  2 waits for V2 Backfill email domain, which is QUEUED: waits for its turn",
                        "us-1  APPLIED  V2 Backfill email domain is SUCCEEDED",
                        "2 shards: 2 DONE");
    }

    @Test
    void staysShutWhileOneShardIsLeft() {
        shops.eu1().drain();

        var wait = shops.run("wait", "--all", "--shard", "eu-1", "--shard", "us-1", "--timeout", "0", "--json");

        assertThat(wait.exitCode()).isEqualTo(5);
        var states = wait.json().get("shards").findValuesAsText("state");
        assertThat(states).containsExactly("APPLIED", "PENDING");
        assertThat(wait.json().get("verdict").asText()).isEqualTo("ATTENTION");
    }

    @Test
    void endsAtOnceWhenOneShardNeedsAPerson() {
        shops.us1().failing("2", "no such table");
        shops.us1().drain();

        var wait = shops.run("wait", "--all", "--shard", "eu-1", "--shard", "us-1", "--timeout", "1h");

        assertThat(wait.exitCode()).isEqualTo(1);
        assertThat(wait.out()).contains("us-1  BLOCKED  ", "eu-1  PENDING  ").doesNotContain("gave up");
    }

    @Test
    void waitsForAShardThatIsAwayUntilTheTimeIsUp() {
        shops.eu1().drain();
        shops.us1().drain();
        var looks = new int[1];
        var meanwhile = CommandLineRun.inPipe().meanwhile(() -> looks[0]++, () -> looks[0]++);

        var wait = shops.run(meanwhile, "wait", "--all", "--all-shards", "--timeout", "1h");

        assertThat(looks[0]).isEqualTo(2);
        assertThat(wait.exitCode()).isEqualTo(3);
        assertThat(wait.out())
                .containsOnlyOnce("eu-2  UNREACHABLE  ")
                .contains("gave up after 1h 00m")
                .endsWith("3 shards: 2 DONE, 1 UNREACHABLE\n");
    }

    @Test
    void looksAtNoFurtherShardWhenOneNeedsAPerson() {
        shops.eu1().failing("2", "no such table");
        shops.eu1().drain();

        var wait = shops.run("wait", "--all", "--all-shards", "--timeout", "1h", "--at-once", "1");

        assertThat(wait.exitCode()).isEqualTo(1);
        assertThat(wait.out()).startsWith("eu-1  BLOCKED  ").endsWith("\n3 shards: 2 NOT_STARTED, 1 ATTENTION\n");
    }

    /** However many are silent, they take the time of one. */
    @ParameterizedTest
    @ValueSource(strings = {"0", "1s"})
    void looksAtNoFurtherShardWhenTheTimeIsUp(String timeout) throws IOException {
        try (var silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            var url = "jdbc:postgresql://localhost:" + silent.getLocalPort() + "/shop";
            var file = Files.writeString(folder.resolve("silent.properties"), """
                    shards = s-1, s-2, s-3
                    shard.s-1.url = %1$s
                    shard.s-2.url = %1$s
                    shard.s-3.url = %1$s
                    """.formatted(url));

            var wait = CommandLineRun.inPipe()
                    .run(
                            "wait",
                            "--all",
                            "--all-shards",
                            "--shards=" + file,
                            "--timeout=" + timeout,
                            "--at-once=1",
                            "--connect-timeout=1");

            assertThat(wait.exitCode()).as(wait.all()).isEqualTo(3);
            assertThat(wait.out())
                    .startsWith("s-1  UNREACHABLE  ")
                    .endsWith("\n3 shards: 2 NOT_STARTED, 1 UNREACHABLE\n");
        }
    }

    @Test
    void looksLastAtThoseThatWereAway() throws IOException {
        try (var far = ShopThatLeaves.open()) {
            far.shop().drain();
            far.leave();
            var file = Files.writeString(folder.resolve("far.properties"), """
                    shards = far, us-1
                    shard.far.url = %s
                    shard.far.user = %s
                    shard.us-1.url = %s
                    """.formatted(
                            far.shop().url().replace("&user=postgres", ""),
                            far.role(),
                            shops.us1().url()));

            var wait = CommandLineRun.inPipe()
                    .meanwhile(() -> {
                        far.comeBack();
                        shops.us1().failing("2", "no such table").drain();
                    })
                    .run("wait", "--all", "--all-shards", "--shards=" + file, "--timeout=1h", "--at-once=1");

            assertThat(wait.exitCode()).as(wait.all()).isEqualTo(3);
            assertThat(wait.out())
                    .contains("us-1  PENDING", "us-1  BLOCKED")
                    .endsWith("\n2 shards: 1 ATTENTION, 1 UNREACHABLE\n");
        }
    }

    @Test
    void waitsForEachShardsOwnVersion() {
        shops.eu1().drain();

        var wait = shops.run("wait", "--version", "eu-1/4", "--version", "us-1/1", "--timeout", "0");

        assertThat(wait.exitCode()).isZero();
        assertThat(shops.run("wait", "--version", "us-1/99", "--timeout", "0").exitCode())
                .isEqualTo(6);
    }
}

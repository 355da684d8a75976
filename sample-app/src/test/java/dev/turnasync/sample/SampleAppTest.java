package dev.turnasync.sample;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;

class SampleAppTest {

    private final StringWriter out = new StringWriter();

    @Test
    void deploysAtOnceAndGetsEveryRowRightBehindIt() throws IOException {
        try (var server = EmbeddedPostgres.start()) {
            var url = server.getJdbcUrl("postgres", "postgres");

            assertThat(run("--rows", "20000", "--url", url)).isZero();
            assertThat(out.toString())
                    .containsPattern("flyway migrate +\\d\\.\\d\\d s +6 migrations")
                    .containsPattern("3 +Backfill amount in cents +Success +QUEUED")
                    .contains("The deploy gate right after migrate: PENDING, the queue waits for V3 Backfill amount")
                    .contains("The deploy gate while it works: PENDING, the queue waits for ")
                    .contains("The deploy gate in the end: APPLIED, everything queued in ")
                    .containsPattern("V6 Require customer email +attempt 1 failed")
                    .containsPattern("V6 Require customer email +succeeded in .*, attempt 2")
                    .containsPattern("R +Refresh daily sales +Success +SUCCEEDED +1")
                    .containsPattern("ok +0 +orders with a wrong amount in cents")
                    .containsPattern("inline \\(turnasync.mode=inline\\) +\\d")
                    .doesNotContain("WRONG")
                    .doesNotContain("\tat ");

            assertThat(run("--url", url)).isEqualTo(2);
            assertThat(out.toString()).contains("is not empty");
        }
    }

    @Test
    void seesWhatIsMissingUntilTheQueueIsDrained() throws IOException, SQLException {
        try (var server = EmbeddedPostgres.start()) {
            var database = server.getPostgresDatabase();
            Deploy.of(Release.ONE, database);
            new Shop(database).fill(1_000);
            Deploy.of(Release.TWO, database);

            assertThat(new Shop(database).mistakes(1_000).values()).containsExactly(0L, 1_000L, 0L, 1L, 1L, 365L);
        }
    }

    @Test
    void blocksOnFailuresUntilTheyAreMendedOrSkipped() {
        assertThat(run("--rows", "20000", "--fail")).isZero();
        assertThat(out.toString())
                .containsPattern("V2 Check order amounts +FAILED")
                .contains("BLOCKED")
                .contains("retry 2")
                .containsPattern("V2 Check order amounts +succeeded in .*, attempt 2")
                .containsPattern("V4 Copy old vouchers +FAILED")
                .containsPattern("4 +Copy old vouchers +Success +SKIPPED")
                .containsPattern("5 +Analyze orders +Success +SUCCEEDED")
                .contains("check-queue: nothing to do")
                .doesNotContain("\tat ");
    }

    @Test
    void getsEveryRowRightWhileNodesAreKilled() {
        assertThat(run("--rows", "200000", "--worker=quartz", "--nodes=2", "--kill"))
                .isZero();
        assertThat(out.toString())
                .contains("node-1 is up", "node-2 is up", "2 nodes with Quartz")
                .containsPattern("R +Refresh daily sales +succeeded in .*, on node-\\d")
                .doesNotContain("WRONG")
                .doesNotContain("\tat ");
    }

    @Test
    void rollsOutOverShardsAndGoesOnWithOneThatWasClosed() {
        assertThat(run("--rows", "8000", "--shards=3")).isZero();
        assertThat(out.toString())
                .containsPattern("shop-1 +DONE +4 +0 +0")
                .containsPattern("shop-3 +UNREACHABLE .*not currently accepting connections")
                .contains("The worst shard is UNREACHABLE", "The worst shard is DONE")
                .containsPattern("shop-3 +DONE +4 +0 +0")
                .contains("Every row of every shop is right.")
                .doesNotContain("\tat ");
    }

    @Test
    void drainsWithoutAnyScheduler() {
        assertThat(run("--rows", "20000", "--worker=none")).isZero();
        assertThat(out.toString()).contains("TurnAsync's own watcher").doesNotContain("WRONG");
    }

    @Test
    void refusesWhatDoesNotFit() {
        assertThat(run("--kill")).isEqualTo(2);
        assertThat(run("--nodes=99")).isEqualTo(2);
        assertThat(run("--dashboard", "--worker=quartz")).isEqualTo(2);
        assertThat(run("--worker=cron")).isEqualTo(2);
        assertThat(run("--shards=1")).isEqualTo(2);
        assertThat(run("--shards=2", "--fail")).isEqualTo(2);
        assertThat(run("--rows", "1")).isEqualTo(2);
        assertThat(run("--url", "jdbc:mysql://localhost/shop")).isEqualTo(2);
        assertThat(run("--url", "jdbc:postgresql://localhost/shop", "--password-env", "NOT_SET_ANYWHERE"))
                .isEqualTo(2);
        assertThat(out.toString())
                .contains(
                        "--kill needs --nodes",
                        "from 0 to 9",
                        "from 2 to 32",
                        "--shards goes without",
                        "--dashboard is JobRunr's",
                        "at least 1000",
                        "Cannot use jdbc:mysql",
                        "NOT_SET_ANYWHERE");
    }

    @Test
    void helps() {
        assertThat(run("--help")).isZero();
        assertThat(out.toString()).contains("--rows", "--fail", "--url", "--dashboard");
    }

    private int run(String... arguments) {
        return Main.run(new PrintWriter(out, true), arguments);
    }
}

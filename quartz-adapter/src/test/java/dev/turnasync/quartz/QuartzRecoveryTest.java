package dev.turnasync.quartz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.Attempt;
import dev.turnasync.api.Attempt.Outcome;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.database.TestDatabase;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class QuartzRecoveryTest {

    private static final Duration NEVER = Duration.ofHours(1);
    private static final Duration SOON = Duration.ofSeconds(90);

    /** Neither watcher nor sweep: Quartz's recovery alone has to bring the node that lives to look. */
    @Test
    void takesOverFromAKilledProcess() throws Exception {
        try (var database = TestDatabase.fresh();
                var schedulers = Schedulers.clustered(database)) {
            database.execute("CREATE TABLE attempts (n SERIAL)");
            var flyway = QuartzProcess.flyway(database.dataSource());
            flyway.migrate();
            var doomed = QuartzProcess.start(database, schedulers.name());
            await().atMost(SOON)
                    .until(() -> !database.column("SELECT n FROM attempts").isEmpty());
            try (var async = AsyncMigrations.builder(flyway)
                            .leaveShutdownToApplication()
                            .build();
                    var node = QuartzNode.deaf(async, schedulers.make(), NEVER)) {
                doomed.destroyForcibly().waitFor();

                var queue = node.async().queue();
                await().atMost(SOON).until(() -> queue.find("1").orElseThrow().status(), EntryStatus.SUCCEEDED::equals);
                assertThat(queue.attempts(queue.find("1").orElseThrow()))
                        .extracting(Attempt::outcome)
                        .containsExactly(Outcome.LOST, Outcome.SUCCEEDED);
            } finally {
                doomed.destroyForcibly();
            }
        }
    }
}

package dev.turnasync.quartz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.Attempt;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.database.TestDatabase;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.quartz.JobKey;
import org.quartz.impl.matchers.GroupMatcher;

/** Three shards whose queues differ in the shard's id only, down to their entries' ids, on one scheduler. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class QuartzShardsTest {

    private static final Duration SOON = Duration.ofSeconds(60);

    private final Map<String, Deployment> deployed = new LinkedHashMap<>();
    private final Map<String, AsyncMigrations> shards = new LinkedHashMap<>();
    private final CountDownLatch goOn = new CountDownLatch(1);

    @BeforeEach
    void deploy() {
        for (var id : List.of("eu-1", "eu-2", "us-1")) {
            var first = Script.async("1", context -> {
                if (id.equals("eu-1")) {
                    goOn.await();
                }
                Script.note(context, "1");
            });
            var build = Deployment.of(first, Script.async("2", Script.note("2")), Script.async("3", Script.note("3")))
                    .migrate();
            deployed.put(id, build);
            shards.put(
                    id,
                    build.node(AsyncMigrations.builder(build.flyway()).shard(id).watchEvery(Duration.ofMillis(200))));
        }
    }

    @AfterEach
    void drop() {
        deployed.values().forEach(Deployment::close);
    }

    @Test
    void areDrainedSideBySideEachInItsOrder() throws Exception {
        try (var quartz = TestDatabase.fresh();
                var schedulers = Schedulers.clustered(quartz)) {
            var scheduler = schedulers.make();
            var nodes = new ArrayList<QuartzNode>();
            shards.values().forEach(async -> nodes.add(QuartzNode.start(async, scheduler)));

            await().atMost(SOON).until(() -> isDone("eu-2") && isDone("us-1"));
            assertThat(deployed.get("eu-1").status("1")).isEqualTo(EntryStatus.RUNNING);
            goOn.countDown();
            await().atMost(SOON).until(() -> isDone("eu-1"));

            assertThat(deployed.values())
                    .allSatisfy(build -> assertThat(build.journal()).containsExactly("1", "2", "3"));
            assertThat(shards.values())
                    .allSatisfy(async -> assertThat(async.queue().list())
                            .allSatisfy(entry -> assertThat(async.queue().attempts(entry))
                                    .extracting(Attempt::outcome)
                                    .containsExactly(Attempt.Outcome.SUCCEEDED)));
            assertThat(scheduler.getJobKeys(GroupMatcher.jobGroupEquals("turnasync")))
                    .extracting(JobKey::getName)
                    .containsExactlyInAnyOrder(
                            "eu-1/public.flyway_schema_history",
                            "eu-2/public.flyway_schema_history",
                            "us-1/public.flyway_schema_history");
            nodes.forEach(QuartzNode::closeAdapter);
        }
    }

    private boolean isDone(String shard) {
        return deployed.get(shard).status("3") == EntryStatus.SUCCEEDED;
    }

    /** A queue's name is part of the names of its job and triggers. */
    @Test
    void mayHaveLongNames() {
        goOn.countDown();
        var build = deployed.get("us-1");
        var table = "t".repeat(60); // Flyway adds to it
        var schema = "s".repeat(63);
        build.database().execute("CREATE SCHEMA " + schema);
        var flyway = org.flywaydb.core.Flyway.configure()
                .configuration(build.flyway().getConfiguration())
                .defaultSchema(schema)
                .table(table)
                .javaMigrations(Script.async("1", context -> {}))
                .load();
        flyway.migrate();
        try (var quartz = TestDatabase.fresh();
                var schedulers = Schedulers.clustered(quartz);
                var async = AsyncMigrations.builder(flyway)
                        .shard("x".repeat(60))
                        .watchEvery(Duration.ofMillis(200))
                        .leaveShutdownToApplication()
                        .build();
                var node = QuartzNode.start(async, schedulers.make())) {
            await().atMost(SOON)
                    .until(() -> async.queue().find("1").orElseThrow().status(), EntryStatus.SUCCEEDED::equals);
            assertThat(node.trigger("sweep").getGroup()).hasSize(195);
        }
    }

    @Test
    void mustDifferInTheirIds() {
        goOn.countDown();
        try (var schedulers = Schedulers.inMemory();
                var one = QuartzNode.start(shards.get("eu-2"), schedulers.make())) {
            assertThatThrownBy(() -> QuartzAdapter.of(shards.get("eu-2")).start(one.scheduler()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("eu-2/public.flyway_schema_history")
                    .hasMessageContaining("shard(id)");
        }
    }
}

package dev.turnasync.jobrunr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.Attempt;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.database.TestDatabase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.flywaydb.core.Flyway;
import org.jobrunr.jobs.Job;
import org.jobrunr.jobs.states.StateName;
import org.jobrunr.scheduling.JobRequestScheduler;
import org.jobrunr.server.BackgroundJobServer;
import org.jobrunr.server.BackgroundJobServerConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Three shards whose queues differ in the shard's id only, down to their entries' ids, on one JobRunr server. */
class ManyShardsTest {

    private static final Duration SOON = Duration.ofMinutes(3);

    private final Map<String, TestDatabase> databases = new LinkedHashMap<>();
    private final Map<String, AsyncMigrations> shards = new LinkedHashMap<>();
    private final List<JobRunrAdapter> adapters = new ArrayList<>();
    private final CountDownLatch goOn = new CountDownLatch(1);
    private TestDatabase jobRunr;

    @BeforeEach
    void deploy() {
        jobRunr = TestDatabase.fresh();
        for (var id : List.of("eu-1", "eu-2", "us-1")) {
            var database = TestDatabase.fresh();
            database.execute("CREATE TABLE ran (id SERIAL PRIMARY KEY, step TEXT NOT NULL)");
            databases.put(id, database);
            var first = id.equals("eu-1")
                    ? Scripted.of("1", "first", context -> {
                        goOn.await();
                        Scenario.noting("1", "first").migrate(context);
                    })
                    : Scenario.noting("1", "first");
            var flyway = Flyway.configure()
                    .dataSource(database.dataSource())
                    .locations(new String[0])
                    .javaMigrations(first, Scenario.noting("2", "second"), Scenario.noting("3", "third"))
                    .baselineOnMigrate(true)
                    .baselineVersion("0")
                    .load();
            flyway.migrate();
            shards.put(
                    id,
                    AsyncMigrations.builder(flyway)
                            .shard(id)
                            .watchEvery(Node.WATCH_EVERY)
                            .leaveShutdownToApplication()
                            .build());
        }
    }

    @AfterEach
    void drop() {
        adapters.forEach(JobRunrAdapter::close);
        shards.values().forEach(AsyncMigrations::close);
        databases.values().forEach(TestDatabase::close);
        jobRunr.close();
    }

    private JobRunrAdapter adapter() {
        var made = JobRunrAdapter.of(shards.values());
        adapters.add(made);
        return made;
    }

    private static BackgroundJobServer server(Store store, JobRunrAdapter adapter) {
        return new BackgroundJobServer(
                store.provider(),
                store.mapper(),
                adapter.activator(),
                BackgroundJobServerConfiguration.usingStandardBackgroundJobServerConfiguration()
                        .andPollInterval(Duration.ofSeconds(5))
                        .andServerTimeoutPollIntervalMultiplicand(100)
                        .andWorkerCount(4));
    }

    @Test
    void areDrainedSideBySideEachInItsOrder() {
        var adapter = adapter();
        try (var store = Store.in(jobRunr)) {
            var server = server(store, adapter);
            server.start();
            adapter.start(new JobRequestScheduler(store.provider()), server);

            await().atMost(SOON).until(() -> isDone("eu-2") && isDone("us-1"));
            assertThat(status("eu-1", "1")).contains(EntryStatus.RUNNING);
            goOn.countDown();
            await().atMost(SOON).until(() -> isDone("eu-1"));

            assertThat(databases.values())
                    .allSatisfy(database -> assertThat(database.column("SELECT step FROM ran ORDER BY id"))
                            .containsExactly("1", "2", "3"));
            assertThat(shards.values())
                    .allSatisfy(async -> assertThat(async.queue().list())
                            .allSatisfy(entry -> assertThat(async.queue().attempts(entry))
                                    .extracting(Attempt::outcome)
                                    .containsExactly(Attempt.Outcome.SUCCEEDED)));
            await().atMost(SOON).until(() -> store.jobs(StateName.SUCCEEDED).size() >= 9);
            assertThat(store.jobs()).allMatch(ManyShardsTest::isNamedAfterItsShard);
            assertThat(store.jobs(StateName.SUCCEEDED))
                    .extracting(Job::getJobName)
                    .contains("eu-1/V1 first (1 of 3)", "eu-2/V2 second (2 of 3)", "us-1/V3 third (3 of 3)");
            adapter.close();
            server.stop();
        }
    }

    private static boolean isNamedAfterItsShard(Job job) {
        var request = (RunAsyncMigration) job.getJobDetails().getJobParameterValues()[0];
        var shard = request.queue().substring(0, request.queue().indexOf('/'));
        return job.getJobName().startsWith(shard + "/V" + request.key())
                && job.getLabels().contains("db:" + request.queue());
    }

    private boolean isDone(String shard) {
        return status(shard, "3").equals(Optional.of(EntryStatus.SUCCEEDED));
    }

    private Optional<EntryStatus> status(String shard, String key) {
        return shards.get(shard).queue().find(key).map(entry -> entry.status());
    }

    @Test
    void mustDifferInTheirNames() {
        var same = new ArrayList<>(shards.values());
        same.add(shards.get("eu-2"));

        assertThatThrownBy(() -> JobRunrAdapter.of(same))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("eu-2/public.flyway_schema_history")
                .hasMessageContaining("shard(id)");
        assertThatThrownBy(() -> JobRunrAdapter.of(List.<AsyncMigrations>of()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void areAllLetGoWhenTheAdapterIsClosed() {
        var adapter = adapter();
        try (var store = Store.inMemory()) {
            adapter.start(new JobRequestScheduler(store.provider()));
            await().atMost(SOON).until(() -> store.jobs(StateName.ENQUEUED).size() == 3);

            adapter.close();

            assertThatThrownBy(() -> adapter.start(new JobRequestScheduler(store.provider())))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("eu-1/");
        }
    }
}

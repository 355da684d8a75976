package dev.turnasync.jobrunr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.RetryPolicy;
import dev.turnasync.resumable.AsyncContext;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jobrunr.jobs.context.JobDashboardProgressBar;
import org.jobrunr.jobs.states.StateName;
import org.jobrunr.utils.mapper.JsonMapper;
import org.jobrunr.utils.mapper.gson.GsonJsonMapper;
import org.jobrunr.utils.mapper.jackson.JacksonJsonMapper;
import org.jobrunr.utils.mapper.jackson3.Jackson3JsonMapper;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Nodes with different JSON libraries share JobRunr's tables, as during an upgrade of Spring Boot. */
class MixedFleetTest extends Scenario {

    @ParameterizedTest
    @MethodSource("upgrades")
    void runsAJobThatANodeWithAnotherJsonLibraryMadeAndFailed(JsonMapper before, JsonMapper after) {
        var full = new AtomicBoolean(true);
        var flyway = flyway(Scripted.of("1", "fails", context -> {
            AsyncContext.of(context).progress(30, 40);
            if (full.getAndSet(false)) {
                throw new IllegalStateException("the disk is full");
            }
        }));
        flyway.migrate();
        try (var store = Store.in(database.dataSource(), before);
                var node = Node.of(flyway, store, Node.Options.ofDefaults().retryPolicy(RetryPolicy.never()))
                        .startTogether()) {
            awaitStatus(node, "1", EntryStatus.FAILED);
            await().atMost(SOON).until(() -> store.jobs(StateName.FAILED).size() == 1);
        }
        try (var store = Store.in(database.dataSource(), after);
                var node = Node.of(flyway, store).startTogether()) {
            var job = store.jobs(StateName.FAILED).get(0);
            assertThat(JobDashboardProgressBar.get(job).getProgressAsPercentage())
                    .isEqualTo(75);
            job.enqueue();
            store.provider().save(job);

            awaitStatus(node, "1", EntryStatus.SUCCEEDED);
            await().atMost(SOON)
                    .until(() -> store.provider().getJobById(job.getId()).getState() == StateName.SUCCEEDED);
        }
    }

    static Stream<Arguments> upgrades() {
        return Stream.of(
                Arguments.of(new JacksonJsonMapper(), new Jackson3JsonMapper()),
                Arguments.of(new Jackson3JsonMapper(), new JacksonJsonMapper()),
                Arguments.of(new GsonJsonMapper(), new JacksonJsonMapper()));
    }
}

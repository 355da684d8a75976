package dev.turnasync.jobrunr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.turnasync.api.Attempt;
import dev.turnasync.api.EntryStatus;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jobrunr.jobs.states.StateName;
import org.junit.jupiter.api.Test;

class FleetTest extends Scenario {

    private static final int MIGRATIONS = 24;

    private final AtomicInteger running = new AtomicInteger();
    private final List<Integer> crowds = new CopyOnWriteArrayList<>();

    @Test
    void runsEachMigrationOnceAndAloneOnTwoNodesWithEightWorkersEach() {
        var flyway = flyway(IntStream.rangeClosed(1, MIGRATIONS)
                .mapToObj(i -> counting(Integer.toString(i)))
                .toArray(Scripted[]::new));
        flyway.migrate();
        try (var store = Store.in(database);
                var one = Node.of(flyway, store);
                var two = Node.of(flyway, store)) {
            one.start();
            // JobRunr 8.7.0: of two servers that are the first on new tables one may fail on a duplicate key.
            await().atMost(SOON).until(() -> !store.provider().getMetadata("id").isEmpty());
            two.start();
            awaitStatus(one, Integer.toString(MIGRATIONS), EntryStatus.SUCCEEDED);

            assertThat(ran())
                    .containsExactlyElementsOf(IntStream.rangeClosed(1, MIGRATIONS)
                            .mapToObj(Integer::toString)
                            .toList());
            assertThat(crowds).hasSize(MIGRATIONS).containsOnly(1);
            assertThat(two.async.queue().list())
                    .allSatisfy(entry -> assertThat(two.async.queue().attempts(entry))
                            .extracting(Attempt::outcome)
                            .containsExactly(Attempt.Outcome.SUCCEEDED));
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(store.jobs(StateName.SUCCEEDED))
                            .hasSameSizeAs(store.jobs())
                            .hasSizeGreaterThanOrEqualTo(MIGRATIONS));
        }
    }

    private Scripted counting(String version) {
        return Scripted.of(version, "step", context -> {
            crowds.add(running.incrementAndGet());
            noting(version, "").migrate(context);
            running.decrementAndGet();
        });
    }
}

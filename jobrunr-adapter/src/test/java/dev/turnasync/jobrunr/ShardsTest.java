package dev.turnasync.jobrunr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.turnasync.api.Attempt;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.database.TestDatabase;
import java.time.Instant;
import java.util.Optional;
import org.flywaydb.core.Flyway;
import org.jobrunr.jobs.states.StateName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two databases whose queues have one name and even the same entry ids, with one store of JobRunr's for both. */
class ShardsTest extends Scenario {

    private final ManualClock clock = new ManualClock(Instant.now());
    private TestDatabase other;

    @BeforeEach
    void createOther() {
        other = TestDatabase.fresh();
        other.execute("CREATE TABLE ran (id SERIAL PRIMARY KEY, step TEXT NOT NULL)");
    }

    @AfterEach
    void dropOther() {
        other.close();
    }

    @Test
    void runsEachMigrationOnceAndInOrderInEachOfThem() {
        var here = flyway(noting("1", "first"), noting("2", "second"), noting("3", "third"));
        var there = flywayThere(here);
        here.migrate();
        there.migrate();
        try (var store = Store.inMemory();
                var one = Node.of(here, store, Node.Options.ofDefaults().clock(clock));
                var two = Node.of(there, store, Node.Options.ofDefaults().clock(clock))) {
            assertThat(one.async.queueName()).isEqualTo(two.async.queueName());
            one.startTogether();
            two.startTogether();

            // Each takes jobs that were meant for the other: then the other needs one more.
            await().atMost(SOON).until(() -> {
                clock.advance(WakeUps.REPEAT_AFTER);
                return isDone(one) && isDone(two);
            });

            assertThat(ran()).containsExactly("1", "2", "3");
            assertThat(other.column("SELECT step FROM ran ORDER BY id")).containsExactly("1", "2", "3");
            assertRanOnce(one);
            assertRanOnce(two);
        }
    }

    @Test
    void runsAtMostItsOwnHeadForAJobOfAnother() {
        var here = flyway(noting("1", "first"));
        var there = flywayThere(here);
        here.migrate();
        there.migrate();
        try (var store = Store.inMemory();
                var one = Node.of(here, store);
                var two = Node.of(there, store)) {
            two.startAdapter();
            await().atMost(SOON).until(() -> !store.jobs(StateName.ENQUEUED).isEmpty());

            one.server.start();

            awaitStatus(one, "1", EntryStatus.SUCCEEDED);
            assertThat(ran()).containsExactly("1");
            assertThat(status(two, "1")).contains(EntryStatus.QUEUED);
            assertThat(other.column("SELECT step FROM ran")).isEmpty();
        }
    }

    private Flyway flywayThere(Flyway here) {
        return Flyway.configure()
                .configuration(here.getConfiguration())
                .dataSource(other.dataSource())
                .load();
    }

    private static boolean isDone(Node node) {
        return status(node, "3").equals(Optional.of(EntryStatus.SUCCEEDED));
    }

    private static void assertRanOnce(Node node) {
        assertThat(node.async.queue().list())
                .allSatisfy(entry -> assertThat(node.async.queue().attempts(entry))
                        .extracting(Attempt::outcome)
                        .containsExactly(Attempt.Outcome.SUCCEEDED));
    }
}

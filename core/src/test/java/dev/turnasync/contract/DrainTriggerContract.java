package dev.turnasync.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.turnasync.AsyncMigrationsBuilder;
import dev.turnasync.api.Attempt;
import dev.turnasync.api.Attempt.Outcome;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.RetryPolicy;
import dev.turnasync.database.TestDatabase;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.flywaydb.core.api.migration.JavaMigration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every adapter promises, whatever its scheduler does. A new adapter is one subclass. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class DrainTriggerContract {

    /** How long a test waits for what must happen; what must not take long has tests of its own. */
    protected static final Duration SOON = Duration.ofMinutes(3);

    private static final RetryPolicy AFTER_A_SECOND =
            RetryPolicy.ofDefaults().withDelays(Duration.ofSeconds(1), Duration.ofSeconds(1));

    /** Not guarded by anything: a lost update would show that two bodies ran at once. */
    private final List<Object> unguarded = new ArrayList<>();

    /** Opens the scheduler's store, in this database if it needs one. */
    protected abstract Fleet open(TestDatabase database);

    private static AsyncMigrationsBuilder quick(AsyncMigrationsBuilder options) {
        return options.watchEvery(Duration.ofMillis(200))
                .stopGrace(Duration.ofMillis(100))
                .leaveShutdownToApplication();
    }

    private static FleetNode start(Fleet fleet, Deployment build) {
        return fleet.start(build.flyway(), DrainTriggerContract::quick);
    }

    private static FleetNode start(Fleet fleet, Deployment build, RetryPolicy policy) {
        UnaryOperator<AsyncMigrationsBuilder> options =
                builder -> quick(builder).retryPolicy(policy);
        return fleet.start(build.flyway(), options);
    }

    private static JavaMigration noting(int version) {
        return Script.async(Integer.toString(version), Script.note(Integer.toString(version)));
    }

    private static JavaMigration[] noting(int from, int to) {
        return IntStream.rangeClosed(from, to)
                .mapToObj(DrainTriggerContract::noting)
                .toArray(JavaMigration[]::new);
    }

    private static List<Object> numbers(int from, int to) {
        return IntStream.rangeClosed(from, to)
                .mapToObj(n -> (Object) Integer.toString(n))
                .toList();
    }

    private static JavaMigration failing(int version, int times) {
        var failures = new AtomicInteger(times);
        return Script.async(Integer.toString(version), context -> {
            if (failures.getAndDecrement() > 0) {
                throw new IllegalStateException("the disk is full");
            }
            Script.note(context, Integer.toString(version));
        });
    }

    private static JavaMigration waiting(CountDownLatch begun, CountDownLatch goOn) {
        return Script.async("1", context -> {
            begun.countDown();
            goOn.await();
            Script.note(context, "1");
        });
    }

    private static void awaitStatus(FleetNode node, int version, EntryStatus status) {
        var key = Integer.toString(version);
        await("status of " + key)
                .atMost(SOON)
                .until(() -> node.async().queue().find(key).orElseThrow().status(), status::equals);
    }

    private static List<Attempt> attempts(FleetNode node, int version) {
        var queue = node.async().queue();
        return queue.attempts(queue.find(Integer.toString(version)).orElseThrow());
    }

    private static void assertRanOn(FleetNode node, int version) {
        assertThat(attempts(node, version))
                .extracting(Attempt::worker)
                .containsExactly(node.async().worker().id());
    }

    @Test
    void drainsInOrderWhatWasQueuedBeforeTheStartAndWhatIsQueuedLater() {
        try (var build = Deployment.of(noting(1, 3)).migrate();
                var fleet = open(build.database())) {
            var next = build.next(noting(1, 5));
            var node = start(fleet, next);
            awaitStatus(node, 3, EntryStatus.SUCCEEDED);

            next.migrate();

            awaitStatus(node, 5, EntryStatus.SUCCEEDED);
            assertThat(build.journal()).isEqualTo(numbers(1, 5));
        }
    }

    @Test
    void runsEachEntryOnceAloneAndInOrderOnThreeNodes() {
        var migrations = IntStream.rangeClosed(1, 30)
                .mapToObj(n -> Script.async(Integer.toString(n), context -> {
                    unguarded.add(Integer.toString(n));
                    Script.note(context, Integer.toString(n));
                }))
                .toArray(JavaMigration[]::new);
        try (var build = Deployment.of(migrations);
                var fleet = open(build.database())) {
            var nodes = List.of(start(fleet, build), start(fleet, build), start(fleet, build));

            build.migrate();

            awaitStatus(nodes.get(0), 30, EntryStatus.SUCCEEDED);
            assertThat(build.journal()).isEqualTo(numbers(1, 30));
            assertThat(unguarded).isEqualTo(numbers(1, 30));
            assertThat(IntStream.rangeClosed(1, 30).boxed())
                    .allSatisfy(n -> assertThat(attempts(nodes.get(0), n)).hasSize(1));
        }
    }

    @Test
    void repeatsAFailedMigrationWhileTheNextEntryWaits() {
        try (var build = Deployment.of(failing(1, 2), noting(2)).migrate();
                var fleet = open(build.database())) {
            var node = start(fleet, build, AFTER_A_SECOND);

            awaitStatus(node, 2, EntryStatus.SUCCEEDED);

            assertThat(build.journal()).isEqualTo(numbers(1, 2));
            assertThat(attempts(node, 1))
                    .extracting(Attempt::outcome)
                    .containsExactly(Outcome.FAILED, Outcome.FAILED, Outcome.SUCCEEDED);
        }
    }

    @Test
    void waitsAfterTheLastAttemptUntilAPersonRetries() {
        try (var build = Deployment.of(failing(1, 1), noting(2)).migrate();
                var fleet = open(build.database())) {
            var node = start(fleet, build, RetryPolicy.never());
            awaitStatus(node, 1, EntryStatus.FAILED);
            node.wakeInVain();
            awaitStatus(node, 2, EntryStatus.QUEUED);

            node.async().queue().retry("1", "ada", "the disk was cleaned");

            awaitStatus(node, 2, EntryStatus.SUCCEEDED);
            assertThat(build.journal()).isEqualTo(numbers(1, 2));
        }
    }

    @Test
    void goesOnAfterAPersonSkippedWhatFailed() {
        try (var build = Deployment.of(failing(1, 9), noting(2)).migrate();
                var fleet = open(build.database())) {
            var node = start(fleet, build, RetryPolicy.never());
            awaitStatus(node, 1, EntryStatus.FAILED);

            node.async().queue().skip("1", "ada", "done by hand");

            awaitStatus(node, 2, EntryStatus.SUCCEEDED);
            assertThat(build.journal()).isEqualTo(numbers(2, 2));
        }
    }

    @Test
    void leavesAnEntryToTheNodeThatHasItsClass() {
        try (var build = Deployment.of(noting(1, 2)).migrate();
                var fleet = open(build.database())) {
            var old = start(fleet, build.next());
            old.wakeInVain();
            assertThat(attempts(old, 1)).isEmpty();

            var node = start(fleet, build);
            // Or it might take, and end in vain, wake-up after wake-up.
            old.stopScheduler();

            awaitStatus(node, 2, EntryStatus.SUCCEEDED);
            assertThat(build.journal()).isEqualTo(numbers(1, 2));
            assertRanOn(node, 1);
            assertRanOn(node, 2);
        }
    }

    @Test
    void beginsNothingOnANodeWhoseAdapterWasClosed() throws Exception {
        var begun = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        try (var build = Deployment.of(waiting(begun, goOn), noting(2), noting(3))
                        .migrate();
                var fleet = open(build.database())) {
            var one = start(fleet, build);
            begun.await();
            one.closeAdapter();
            goOn.countDown();
            awaitStatus(one, 1, EntryStatus.SUCCEEDED);
            one.wakeInVain();
            awaitStatus(one, 2, EntryStatus.QUEUED);

            var two = start(fleet, build);

            awaitStatus(two, 3, EntryStatus.SUCCEEDED);
            assertRanOn(one, 1);
            assertRanOn(two, 2);
            assertRanOn(two, 3);
        }
    }

    @Test
    void handsBackAMigrationInTheMiddleOfAStatementWhenTheSchedulerStops() throws Exception {
        var begun = new CountDownLatch(1);
        var sleeping = Script.async("1", context -> {
            begun.countDown();
            try (var statement = context.getConnection().createStatement()) {
                statement.execute("SELECT pg_sleep(" + (context.attempt() == 1 ? 3600 : 0) + ")");
            }
            Script.note(context, "1");
        });
        try (var build = Deployment.of(sleeping).migrate();
                var fleet = open(build.database())) {
            var one = start(fleet, build);
            begun.await();

            one.stopScheduler();

            assertThat(attempts(one, 1)).extracting(Attempt::outcome).containsExactly(Outcome.HANDED_BACK);
            var two = start(fleet, build);
            awaitStatus(two, 1, EntryStatus.SUCCEEDED);
            assertThat(build.journal()).isEqualTo(numbers(1, 1));
            assertThat(build.entry("1").tries().failed()).isZero();
        }
    }

    @Test
    void findsWorkByItselfWhenAllWakeUpsWereLost() {
        try (var build = Deployment.of(failing(1, 1), noting(2)).migrate();
                var fleet = open(build.database())) {
            var node = start(fleet, build, RetryPolicy.never());
            awaitStatus(node, 1, EntryStatus.FAILED);
            fleet.loseWakeUps();

            build.node().queue().retry("1", "ada", "in another process, which hints nobody here");

            awaitStatus(node, 2, EntryStatus.SUCCEEDED);
            assertThat(build.journal()).isEqualTo(numbers(1, 2));
        }
    }

    @Test
    void takesNoHarmFromWakeUpsInVain() throws Exception {
        var begun = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        try (var build = Deployment.of(waiting(begun, goOn), noting(2)).migrate();
                var fleet = open(build.database())) {
            var node = start(fleet, build);
            begun.await();
            node.wakeInVain();
            assertThat(attempts(node, 1)).extracting(Attempt::outcome).containsExactly(Outcome.RUNNING);
            goOn.countDown();
            awaitStatus(node, 2, EntryStatus.SUCCEEDED);

            node.wakeInVain();

            assertThat(build.journal()).isEqualTo(numbers(1, 2));
            assertRanOn(node, 1);
            assertRanOn(node, 2);
        }
    }

    @Test
    void drainsTwoHundredTrivialMigrations() {
        try (var build = Deployment.of(noting(1, 200)).migrate();
                var fleet = open(build.database())) {
            var node = start(fleet, build);

            awaitStatus(node, 200, EntryStatus.SUCCEEDED);

            assertThat(build.journal()).isEqualTo(numbers(1, 200));
        }
    }
}

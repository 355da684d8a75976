package dev.turnasync.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.Attempt.Outcome;
import dev.turnasync.api.DrainResult.StopReason;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.MigrationListener.Event;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class DrainTest {

    @Test
    void runsBodiesInTheOrderOfTheHistoryBehindTheSyncOnes() {
        try (var build = Deployment.of(
                Script.async("2", Script.note("2")),
                Script.sync("3", Script.note("3")),
                Script.async("10", Script.note("10")),
                Script.repeatable(1, Script.note("R")),
                Script.sync("11", Script.note("11")))) {
            build.migrate();
            assertThat(build.journal()).containsExactly("3", "11");

            var result = build.node().drain();

            assertThat(build.journal()).containsExactly("3", "11", "2", "10", "R");
            assertThat(result.succeeded()).isEqualTo(3);
            assertThat(result.why()).isEqualTo(StopReason.EMPTY);
            assertThat(build.node().drain().runs()).isZero();
        }
    }

    @Test
    void keepsAnAttemptWithWorkerTimeAndOutcome() {
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate()) {
            var node = build.node();
            node.drain();

            var entry = node.queue().find("1").orElseThrow();
            assertThat(entry.status()).isEqualTo(EntryStatus.SUCCEEDED);
            assertThat(Objects.requireNonNull(entry.run()).finishedAt()).isNotNull();
            assertThat(node.queue().attempts(entry)).singleElement().satisfies(attempt -> {
                assertThat(attempt.outcome()).isEqualTo(Outcome.SUCCEEDED);
                assertThat(attempt.worker()).isEqualTo(node.worker().id());
                assertThat(attempt.duration()).isPresent();
                assertThat(attempt.failure()).isNull();
            });
        }
    }

    @Test
    void doesNothingWhereNothingWasEverQueued() {
        try (var build = Deployment.of(Script.sync("1", Script.note("1")))) {
            assertThat(build.node().drain().why()).isEqualTo(StopReason.EMPTY);
            build.migrate();
            assertThat(build.node().drain().why()).isEqualTo(StopReason.EMPTY);
            assertThat(build.database().column("SELECT to_regclass('async_schema_migrations')::text"))
                    .containsOnlyNulls();
        }
    }

    @Test
    void leavesAnEntryAloneWhoseClassIsNotHere() {
        try (var build = Deployment.of(Script.async("1", Script.note("1")), Script.async("2", Script.note("2")))) {
            build.migrate();
            var old = build.next(Script.async("2", Script.note("2")));

            assertThat(old.node().drain().why()).isEqualTo(StopReason.CLASS_MISSING);

            assertThat(build.entry("1").status()).isEqualTo(EntryStatus.QUEUED);
            assertThat(build.entry("1").run()).isNull();
            assertThat(build.journal()).isEmpty();
            assertThat(build.node().drain().succeeded()).isEqualTo(2);
        }
    }

    @Test
    void runsAnEntryWhoseMigrationWasRenamedAndWhoseHistoryWasRepaired() {
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate()) {
            build.database().execute("UPDATE async_schema_migrations SET description = 'the name it was queued under'");

            assertThat(build.node().drain().succeeded()).isEqualTo(1);
            assertThat(build.entry("1").label()).isEqualTo("V1 step 1");
        }
    }

    @Test
    void runsOneEntryWhenAskedForOne() {
        try (var build = Deployment.of(Script.async("1", Script.note("1")), Script.async("2", Script.note("2")))) {
            build.migrate();
            var result = build.node().worker().drainOne();

            assertThat(result.why()).isEqualTo(StopReason.DONE);
            assertThat(build.journal()).containsExactly("1");
        }
    }

    @Test
    void tellsListenersAndSurvivesOneThatThrows() {
        var events = new ArrayList<Class<?>>();
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate()) {
            var node = build.node(AsyncMigrations.builder(build.flyway())
                    .onEvent(event -> {
                        throw new IllegalStateException("bad listener");
                    })
                    .onEvent(event -> events.add(event.getClass())));

            assertThat(node.drain().succeeded()).isEqualTo(1);
            assertThat(events).isEqualTo(List.of(Event.Started.class, Event.Succeeded.class));
        }
    }

    @Test
    void runsARepeatableMigrationOncePerChecksum() {
        try (var first = Deployment.of(Script.repeatable(7, Script.note("7"))).migrate()) {
            first.node().drain();
            var second = first.next(Script.repeatable(8, Script.note("8"))).migrate();
            second.node().drain();
            var third = first.next(Script.repeatable(7, Script.note("7"))).migrate();
            third.node().drain();
            third.migrate().node().drain();

            assertThat(first.journal()).containsExactly("7", "8", "7");
        }
    }

    @Test
    void skipsARepeatableMigrationThatANewerOneOvertook() {
        try (var first = Deployment.of(Script.repeatable(7, Script.note("7"))).migrate()) {
            var second = first.next(Script.repeatable(8, Script.note("8"))).migrate();
            second.node().drain();

            assertThat(first.journal()).containsExactly("8");
            assertThat(second.node().queue().list())
                    .extracting(entry -> entry.status())
                    .containsExactlyInAnyOrder(EntryStatus.SKIPPED, EntryStatus.SUCCEEDED);
        }
    }
}

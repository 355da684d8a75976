package dev.turnasync.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.MigrationQueue;
import dev.turnasync.api.OperatorAction;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.flywaydb.core.api.migration.JavaMigration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What people decide about entries, and what is kept of it. */
class DecisionsTest {

    private final Deployment build =
            Deployment.of(Queues.wrong("1"), Script.async("2", Script.note("2")), Script.async("3", Script.note("3")));

    private MigrationQueue queue;

    @BeforeEach
    void fail() {
        build.migrate();
        queue = build.node().queue();
        build.node().drain();
    }

    @AfterEach
    void drop() {
        build.close();
    }

    @ParameterizedTest
    @EnumSource
    void marksAppliedWhatIsOpenAndNotRunning(EntryStatus status) {
        Queues.force(build.database(), "1", status);
        if (status.isFinished() || status == EntryStatus.RUNNING) {
            assertThatThrownBy(() -> queue.markApplied("1", "ada", "by hand"))
                    .isInstanceOf(AsyncMigrationException.class)
                    .hasMessageContaining("it is " + status);
        } else {
            var entry = queue.markApplied("1", "ada", "by hand");
            assertThat(entry.status()).isEqualTo(EntryStatus.SUCCEEDED);
            assertThat(entry.reason()).isEqualTo("mark-applied by ada: by hand");
        }
    }

    @Test
    void letsTheOthersRunAfterOneWasMarked() {
        queue.markApplied("1", "ada", "by hand");

        assertThat(build.node().drain().succeeded()).isEqualTo(2);
        assertThat(build.journal()).containsExactly("2", "3");
        assertThat(queue.readiness("3").isFinal()).isTrue();
    }

    @Test
    void marksAMigrationThatHasNoEntry() {
        build.database().execute("DELETE FROM async_schema_migrations WHERE entry_key = '2'");

        assertThat(queue.markApplied("2", "ada", "it ran inline").status()).isEqualTo(EntryStatus.SUCCEEDED);

        queue.skip("1", "ada", "not needed");
        build.node().drain();
        assertThat(build.journal()).containsExactly("3");
    }

    @Test
    void beginsAnewWithoutCheckpoints() {
        build.database().execute("""
                        INSERT INTO async_schema_checkpoints (entry_id, name, value, token)
                        SELECT id, 'cursor', '41', 1 FROM async_schema_migrations""");

        assertThat(queue.restart("1", "ada", "the table was replaced").status()).isEqualTo(EntryStatus.QUEUED);

        assertThat(build.database().column("""
                        SELECT m.entry_key
                        FROM async_schema_checkpoints c JOIN async_schema_migrations m ON m.id = c.entry_id
                        ORDER BY 1""")).containsExactly("2", "3");
        assertThatThrownBy(() -> queue.restart("2", "ada", "again")).hasMessageContaining("it is QUEUED");
    }

    static Stream<Consumer<MigrationQueue>> changes() {
        return Stream.of(
                queue -> queue.retry("1", "ada", "again"),
                queue -> queue.restart("1", "ada", "again"),
                queue -> queue.skip("1", "ada", "again"),
                queue -> queue.markApplied("1", "ada", "again"),
                queue -> queue.pause("1", "ada", "again"),
                queue -> queue.undo("2", "ada", "again"),
                queue -> queue.throttle("2", Duration.ofHours(1), "ada", "again"));
    }

    @ParameterizedTest
    @MethodSource("changes")
    void changesNothingInADryRun(Consumer<MigrationQueue> change) {
        var before = Queues.everything(build.database());

        change.accept(queue.dryRun());

        assertThat(Queues.everything(build.database())).isEqualTo(before);
        change.accept(queue);
        assertThat(Queues.everything(build.database())).isNotEqualTo(before);
    }

    @Test
    void tellsInADryRunWhatWouldBe() {
        assertThat(queue.dryRun().skip("1", "ada", "no").status()).isEqualTo(EntryStatus.SKIPPED);
        assertThatThrownBy(() -> queue.dryRun().retry("2", "ada", "no"))
                .isInstanceOf(AsyncMigrationException.class)
                .hasMessageContaining("it is QUEUED");
    }

    @Test
    void keepsWhatPeopleDid() {
        queue.pause("2", "bob", "holiday");
        queue.resume("2", "ada", "work");
        queue.skip("1", "ada", "broken");

        assertThat(queue.actions(10))
                .extracting(OperatorAction::key, OperatorAction::action, OperatorAction::actor, OperatorAction::reason)
                .containsExactly(
                        tuple("1", "skip", "ada", "broken"),
                        tuple("2", "resume", "ada", "work"),
                        tuple("2", "pause", "bob", "holiday"));
        assertThat(queue.actions(1)).hasSize(1);
        assertThat(queue.actions(build.entry("2"), 10)).hasSize(2).allSatisfy(action -> {
            assertThat(action.label()).isEqualTo("V2 step 2");
            assertThat(action.from()).isNotEqualTo(action.to());
        });
    }

    @Test
    void showsWhatWasAskedAndNotObeyed() {
        queue.throttle("2", Duration.ofHours(1), "bob", "holiday");

        assertThat(queue.requests(build.entry("2"))).singleElement().satisfies(request -> {
            assertThat(request.what()).isEqualTo("THROTTLE");
            assertThat(request.reason()).isEqualTo("throttle by bob: holiday");
            assertThat(request.until()).isAfter(request.since());
        });
    }

    @Test
    void listsTheLastFinishedOnesOnly() {
        var migrations = IntStream.rangeClosed(1, 8)
                .mapToObj(n -> Script.async(String.valueOf(n), Script.note(String.valueOf(n))))
                .toArray(JavaMigration[]::new);
        try (var many = Deployment.of(migrations).migrate()) {
            var node = many.node();
            for (var n = 0; n < 6; n++) {
                node.worker().drainOne();
            }

            assertThat(node.queue().recent(2)).extracting(QueueEntry::key).containsExactly("5", "6", "7", "8");
            assertThat(node.queue().recent(0)).extracting(QueueEntry::key).containsExactly("7", "8");
            assertThat(node.queue().count()).isEqualTo(Map.of(EntryStatus.SUCCEEDED, 6L, EntryStatus.QUEUED, 2L));
        }
    }
}

package dev.turnasync.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.MigrationQueue;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import dev.turnasync.flyway.fixture.AsyncStep;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What people do to a queue is guarded and recorded. */
class OperatorsTest {

    private final AtomicBoolean mended = new AtomicBoolean();

    private final Deployment build = Deployment.of(
            Script.async("7", context -> {
                if (!mended.get()) {
                    throw new SQLException("wrong on purpose", "42601");
                }
                Script.note(context, "7");
            }),
            Script.async("8", Script.note("8")),
            Script.repeatable(1, Script.note("R")));

    private MigrationQueue queue;

    @BeforeEach
    void fail() {
        build.migrate();
        build.node().drain();
        queue = build.node().queue();
        assertThat(build.status("7")).isEqualTo(EntryStatus.FAILED);
    }

    @AfterEach
    void drop() {
        build.close();
    }

    @Test
    void retriesAFailedEntryWithAllItsAttempts() {
        mended.set(true);

        var entry = queue.retry("7", "ada", "the table was mended");

        assertThat(entry.status()).isEqualTo(EntryStatus.QUEUED);
        assertThat(entry.tries().failed()).isZero();
        assertThat(entry.reason()).isEqualTo("retry by ada: the table was mended");
        assertThat(build.node().drain().succeeded()).isEqualTo(3);
        assertThat(build.journal()).containsExactly("7", "8", "R");
        assertThat(actions())
                .containsExactly(Map.of(
                        "action", "retry",
                        "actor", "ada",
                        "reason", "the table was mended",
                        "from_status", "FAILED",
                        "to_status", "QUEUED"));
    }

    @Test
    void skipsAFailedEntryAndLetsTheOthersRun() {
        var entry = queue.skip("7", "ada", "not needed");

        assertThat(entry.status()).isEqualTo(EntryStatus.SKIPPED);
        assertThat(entry.reason()).isEqualTo("skip by ada: not needed");
        assertThat(build.node().drain().succeeded()).isEqualTo(2);
        assertThat(build.journal()).containsExactly("8", "R");
        assertThat(actions())
                .containsExactly(Map.of(
                        "action", "skip",
                        "actor", "ada",
                        "reason", "not needed",
                        "from_status", "FAILED",
                        "to_status", "SKIPPED"));
    }

    @Test
    void startsAWaitingAttemptAtOnce() {
        mended.set(true);
        Queues.force(build.database(), "7", EntryStatus.RETRYABLE);
        assertThat(build.node().drain().runs()).isZero();

        queue.retry("7", "ada", "the service is back");

        assertThat(build.node().drain().succeeded()).isEqualTo(3);
    }

    @Test
    void keepsTheCheckpointsOfARetriedEntry() {
        build.database().execute("""
                        INSERT INTO async_schema_checkpoints (entry_id, name, value, token)
                        SELECT id, 'cursor', '41', 1 FROM async_schema_migrations WHERE entry_key = '7'""");

        queue.retry("7", "ada", "go on");

        assertThat(build.database().column("SELECT value FROM async_schema_checkpoints"))
                .containsExactly("41");
    }

    @ParameterizedTest
    @EnumSource
    void retriesOnlyWhatFailed(EntryStatus status) {
        Queues.force(build.database(), "7", status);
        if (Set.of(EntryStatus.FAILED, EntryStatus.RETRYABLE, EntryStatus.UNDONE)
                .contains(status)) {
            assertThat(queue.retry("7", "ada", "again").status()).isEqualTo(EntryStatus.QUEUED);
        } else {
            assertRefused(status, () -> queue.retry("7", "ada", "again"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void skipsOnlyWhatIsOpenAndNotRunning(EntryStatus status) {
        Queues.force(build.database(), "7", status);
        if (status.isFinished() || status == EntryStatus.RUNNING) {
            assertRefused(status, () -> queue.skip("7", "ada", "no"));
        } else {
            assertThat(queue.skip("7", "ada", "no").status()).isEqualTo(EntryStatus.SKIPPED);
        }
    }

    private void assertRefused(EntryStatus status, Runnable wish) {
        var before = Queues.everything(build.database());
        assertThatThrownBy(wish::run)
                .isInstanceOf(AsyncMigrationException.class)
                .hasMessageContaining("V7 step 7")
                .hasMessageContaining("it is " + status);
        assertThat(Queues.everything(build.database())).isEqualTo(before);
    }

    @Test
    void letsOneOfTwoOperatorsWinAndTellsTheOther() throws Exception {
        try (var gate = build.database().dataSource().getConnection()) {
            gate.setAutoCommit(false);
            gate.createStatement().execute("SELECT 1 FROM async_schema_migrations WHERE entry_key = '7' FOR UPDATE");
            var ada = async(() -> queue.retry("7", "ada", "again"));
            var bob = async(() -> queue.retry("7", "bob", "again"));
            awaitBlocked(2);
            gate.rollback();

            var outcomes = List.of(ada.get(), bob.get());
            assertThat(outcomes).filteredOn("done"::equals).hasSize(1);
            assertThat(outcomes)
                    .filteredOn(outcome -> outcome.contains("it is QUEUED"))
                    .hasSize(1);
            assertThat(actions()).hasSize(1);
        }
    }

    /** The other operator is this test, whose transaction is still open. */
    @Test
    void tellsAnOperatorThatAnotherMadeTheMissingEntry() throws Exception {
        build.database().execute("DELETE FROM async_schema_migrations WHERE entry_key = '8'");
        try (var other = build.database().dataSource().getConnection()) {
            other.setAutoCommit(false);
            other.createStatement().execute("""
                            INSERT INTO async_schema_migrations
                                (history_table, entry_key, version, description, script, reason)
                            VALUES ('flyway_schema_history', '8', '8', 'step 8', 'Other', 'retry by bob')""");
            var ada = async(() -> queue.retry("8", "ada", "never ran"));
            awaitBlocked(1);
            other.commit();

            assertThat(ada.get()).contains("it is QUEUED").doesNotContain("duplicate key");
            assertThat(build.database().column("SELECT count(*) FROM async_schema_migrations WHERE entry_key = '8'"))
                    .containsExactly(1L);
        }
    }

    /** On a thread of its own: a pool may have just one for both operators. */
    private static CompletableFuture<String> async(Runnable wish) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        wish.run();
                        return "done";
                    } catch (AsyncMigrationException e) {
                        return e.getMessage();
                    }
                },
                work -> new Thread(work).start());
    }

    private void awaitBlocked(long sessions) {
        Awaitility.await().until(() -> build.database().column("""
                                SELECT count(*) FROM pg_stat_activity
                                WHERE datname = current_database() AND wait_event_type = 'Lock'""").contains(sessions));
    }

    @Test
    void knowsKeysInAllSpellings() {
        for (var key : List.of("7", "V7", "v7", "V007", "007", "7.0", "V7_0")) {
            assertThat(queue.find(key))
                    .hasValueSatisfying(entry -> assertThat(entry.key()).isEqualTo("7"));
        }
        for (var key : List.of("R__refresh", "refresh", "R__Refresh", "REFRESH")) {
            assertThat(queue.find(key))
                    .hasValueSatisfying(entry -> assertThat(entry.key()).isEqualTo("R__refresh"));
        }
        assertThat(queue.retry("V007", "ada", "again").key()).isEqualTo("7");
        assertThat(queue.skip("V7_0", "ada", "not needed").key()).isEqualTo("7");
        assertThat(queue.skip("R__Refresh", "ada", "not needed").key()).isEqualTo("R__refresh");
    }

    @ParameterizedTest
    @ValueSource(strings = {"7", "V7", "R__7"})
    void takesANumberForAVersionEvenWhereADescriptionIsOne(String key) {
        try (var twins = Deployment.of(new AsyncStep("7", "seven", null, true), new AsyncStep(null, "7", 1, true))) {
            twins.migrate();
            twins.node().drain();
            var later = twins.next(new AsyncStep("7", "seven", null, true), new AsyncStep(null, "7", 2, true))
                    .migrate();

            assertThat(later.node().queue().find(key))
                    .hasValueSatisfying(entry -> assertThat(entry.key()).isEqualTo(key.startsWith("R") ? "R__7" : "7"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"R__totals", "R__Totals"})
    void takesTheExactDescriptionBeforeASimilarOne(String key) {
        try (var twins =
                Deployment.of(new AsyncStep(null, "totals", 1, true), new AsyncStep(null, "Totals", 2, true))) {
            twins.migrate();

            assertThat(twins.node().queue().skip(key, "ada", "no").key()).isEqualTo(key);
        }
    }

    @Test
    void refusesKeysThatAreNone() {
        var before = Queues.everything(build.database());
        for (var key : List.of(
                "",
                " ",
                "9",
                "V",
                "R__",
                "%",
                "_",
                "7 OR 1=1",
                "7'; DROP TABLE async_schema_migrations; --",
                "\"7\"",
                "7\u0000",
                "\u0000",
                "../7",
                "${schema}",
                "?",
                "💥",
                "9".repeat(5_000))) {
            assertThat(queue.find(key)).isEmpty();
            assertUnknown(key, () -> queue.retry(key, "ada", "again"));
            assertUnknown(key, () -> queue.skip(key, "ada", "not needed"));
        }
        assertThat(Queues.everything(build.database())).isEqualTo(before);
    }

    private static void assertUnknown(String key, Runnable wish) {
        assertThatThrownBy(wish::run)
                .isInstanceOf(AsyncMigrationException.class)
                .hasMessageContaining("no entry and no async migration " + key);
    }

    @Test
    void makesNoEntryForAMigrationThatIsNotApplied() {
        var next = build.next(Script.async("9", Script.note("9")));

        assertThatThrownBy(() -> next.node().queue().retry("9", "ada", "now"))
                .isInstanceOf(AsyncMigrationException.class)
                .hasMessageContaining("does not list it as applied")
                .hasMessageContaining("run migrate");
        assertThat(queue.find("9")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\t\n", "\u0000"})
    void wantsAnActorAndAReason(String blank) {
        var before = Queues.everything(build.database());
        for (Runnable wish : List.<Runnable>of(
                () -> queue.skip("7", "ada", blank),
                () -> queue.retry("7", "ada", blank),
                () -> queue.skip("7", blank, "not needed"),
                () -> queue.retry("7", blank, "again"))) {
            assertThatThrownBy(wish::run)
                    .isInstanceOf(AsyncMigrationException.class)
                    .hasMessageContaining("must not be blank");
        }
        assertThat(Queues.everything(build.database())).isEqualTo(before);
    }

    @Test
    void recordsAnyTextAsFarAsItCanBeStored() {
        queue.skip("7", "O'Neil \"; --", "a\u0000b'); DROP TABLE journal; -- 💥");

        assertThat(actions())
                .singleElement()
                .satisfies(action -> assertThat(action)
                        .containsEntry("actor", "O'Neil \"; --")
                        .containsEntry("reason", "a\\0b'); DROP TABLE journal; -- 💥"));
    }

    private List<Map<String, @Nullable Object>> actions() {
        return build.database()
                .query("SELECT action, actor, reason, from_status, to_status FROM async_schema_actions ORDER BY id");
    }
}

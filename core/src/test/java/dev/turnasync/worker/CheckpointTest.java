package dev.turnasync.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.turnasync.api.EntryStatus;
import dev.turnasync.database.TestDatabase;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import dev.turnasync.fixture.Script.Body;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class CheckpointTest {

    private final AtomicReference<TestDatabase> watched = new AtomicReference<>();

    /** Counts to five, one number a transaction, from the checkpoint on; fails in the first two attempts. */
    private static final Body COUNTING = context -> {
        for (var n = context.checkpoint().map(Integer::parseInt).orElse(0) + 1; n <= 5; n++) {
            var number = n;
            context.inTransaction(tx -> {
                Script.note(context, "row " + number);
                tx.checkpoint(Integer.toString(number));
                if (number == 2 * context.attempt()) {
                    throw new IOException("lost in the middle");
                }
                return number;
            });
        }
    };

    @Test
    void goesOnFromTheCheckpointThatWasCommittedWithItsRows() {
        try (var build = Deployment.of(Script.async("1", COUNTING).inPieces()).migrate()) {
            var result = build.node().drain();

            assertThat(result.retryable()).isEqualTo(2);
            assertThat(build.journal()).containsExactly("row 1", "row 2", "row 3", "row 4", "row 5");
        }
    }

    @Test
    void keepsSeveralCheckpointsApartAndShowsThemAfterTheirCommit() {
        var seen = new ArrayList<Object>();
        try (var build = Deployment.of(Script.async("1", context -> {
                            seen.add(context.checkpoint("left").isEmpty());
                            context.inTransaction(tx -> {
                                tx.checkpoint("left", "a");
                                tx.checkpoint("right", "b");
                                return null;
                            });
                            seen.addAll(List.of(
                                    context.checkpoint("left").orElseThrow(),
                                    context.checkpoint("right").orElseThrow()));
                        })
                        .inPieces())
                .migrate()) {
            build.node().drain();
            assertThat(seen).containsExactly(true, "a", "b");
        }
    }

    @Test
    void refusesPiecesInAMigrationThatRunsInOneTransaction() {
        try (var build = Deployment.of(Script.async("1", context -> context.inTransaction(tx -> 1)))
                .migrate()) {
            assertThat(build.node().worker().drainOne().failure()).hasMessageContaining("canExecuteInTransaction()");
        }
    }

    @Test
    void refusesATransactionInsideAnother() {
        try (var build = Deployment.of(Script.async(
                                "1", context -> context.inTransaction(tx -> context.inTransaction(inner -> 1)))
                        .inPieces())
                .migrate()) {
            assertThat(build.node().worker().drainOne().failure()).hasMessageContaining("inside another one");
        }
    }

    @Test
    void refusesACommitInsideAFencedTransaction() {
        try (var build = Deployment.of(Script.async(
                                "1",
                                context -> context.inTransaction(tx -> {
                                    Script.note(context, "first");
                                    tx.connection().commit();
                                    Script.note(context, "second");
                                    tx.checkpoint("after both");
                                    return 1;
                                }))
                        .inPieces())
                .migrate()) {
            assertThat(build.node().worker().drainOne().failure())
                    .hasMessageContaining("ended a transaction by itself");
            assertThat(build.journal()).containsExactly("first");
            assertThat(build.database().column("SELECT value FROM async_schema_checkpoints"))
                    .isEmpty();
        }
    }

    @Test
    void storesProgress() {
        try (var build = Deployment.of(Script.async("1", context -> context.progress(30, 40)))
                .migrate()) {
            build.node().drain();
            var entry = build.entry("1");
            assertThat(entry.status()).isEqualTo(EntryStatus.SUCCEEDED);
            assertThat(Objects.requireNonNull(entry.progress().done())).isEqualTo(30);
            assertThat(entry.progress().percent()).hasValue(75);
        }
    }

    /** The entry must not change beside a transaction whose last statement updates it. */
    @Test
    void storesProgressBesideATransactionThatReadsRepeatably() {
        try (var build = Deployment.of(Script.async("1", context -> {
                    context.progress(1, 4);
                    await().until(() -> saved() == 1);
                    context.progress(4, 4);
                    await().until(() -> saved() == 4);
                }))
                .migrate()) {
            watched.set(build.database());
            var name = build.database().column("SELECT current_database()").get(0);
            build.database()
                    .execute("ALTER DATABASE " + name + " SET default_transaction_isolation = 'repeatable read'");

            assertThat(build.node().worker().drainOne().succeeded()).isEqualTo(1);
        }
    }

    private long saved() {
        var done = watched.get().column("SELECT done FROM async_schema_progress");
        return done.isEmpty() ? 0 : (long) done.get(0);
    }

    @Test
    void runsInPiecesInlineToo() {
        System.setProperty("turnasync.mode", "inline");
        try (var build = Deployment.of(Script.async(
                        "1",
                        context -> context.inTransaction(tx -> {
                            Script.note(context, "inline");
                            tx.checkpoint("x");
                            return 1;
                        }))
                .inPieces())) {
            build.migrate();
            assertThat(build.journal()).containsExactly("inline");
        } finally {
            System.clearProperty("turnasync.mode");
        }
    }
}

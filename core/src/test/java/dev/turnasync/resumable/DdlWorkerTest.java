package dev.turnasync.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Pooler;
import dev.turnasync.fixture.Script;
import dev.turnasync.fixture.Script.Body;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Schema changes of a migration that a worker runs, or migrate itself. */
class DdlWorkerTest {

    /** Each change of a migration, one after the other; with an error behind one of them in each attempt but the last. */
    private static final List<Body> CHANGES = List.of(
            context -> context.ddl().addColumnIfMissing("journal", "region", "text DEFAULT 'eu'"),
            context -> context.ddl()
                    .createIndexConcurrently(Index.named("journal_key")
                            .on("journal")
                            .columns("n")
                            .unique()),
            context -> context.ddl().uniqueConstraintUsingIndex("journal", "journal_key", "journal_key"),
            context -> context.ddl().addCheck("journal", "journal_check", "n > 0"),
            context -> context.ddl()
                    .addForeignKey(
                            ForeignKey.named("journal_fk").on("journal", "n").references("journal", "n")),
            context -> context.ddl().setNotNull("journal", "region"),
            context -> context.ddl()
                    .createIndexConcurrently(
                            Index.named("journal_what").on("journal").columns("what")),
            context -> context.ddl().dropIndexConcurrently("journal_what"),
            context -> context.ddl().run("CREATE OR REPLACE VIEW journal_view AS SELECT n FROM journal"));

    @Test
    void canBeRepeatedFromTheStartAfterEachOfThem() {
        try (var build = Deployment.of(Script.async("1", context -> {
                            for (var n = 0; n < CHANGES.size(); n++) {
                                CHANGES.get(n).run(context);
                                if (n + 1 == context.attempt()) {
                                    throw new IOException("fails behind change " + n);
                                }
                            }
                        })
                        .inPieces())
                .migrate()) {
            var patient = Deployment.AT_ONCE.withMaxAttempts(CHANGES.size() + 1);
            var node = build.node(AsyncMigrations.builder(build.flyway()).retryPolicy(patient));

            assertThat(node.drain().retryable()).isEqualTo(CHANGES.size());
            assertThat(build.status("1")).isEqualTo(EntryStatus.SUCCEEDED);
            assertThat(build.database().column("""
                    SELECT conname || ' ' || convalidated FROM pg_constraint
                    WHERE conrelid = 'journal'::regclass AND contype <> 'n' ORDER BY 1"""))
                    .containsExactly("journal_check true", "journal_fk true", "journal_key true");
            assertThat(build.database().column("SELECT count(*) FROM pg_index WHERE indrelid = 'journal'::regclass"))
                    .containsExactly(1L);
        }
    }

    @Test
    void refusesAMigrationThatRunsInOneTransaction() {
        try (var build = Deployment.of(
                        Script.async("1", context -> Ddl.in(context).addColumnIfMissing("journal", "region", "text")))
                .migrate()) {
            assertThat(build.node().worker().drainOne().failure())
                    .hasMessageContaining("V1 step 1")
                    .hasMessageContaining("Let its canExecuteInTransaction() return false");
            assertThat(build.status("1")).isEqualTo(EntryStatus.FAILED);
        }
    }

    @Test
    void doesNotRepeatWhatCannotSucceed() {
        try (var build = Deployment.of(Script.async(
                                "1",
                                context -> context.ddl()
                                        .createIndexConcurrently(Index.named("journal_what")
                                                .on("journal")
                                                .columns("what")
                                                .unique()))
                        .inPieces())
                .migrate()) {
            build.database().execute("INSERT INTO journal (what) VALUES ('a'), ('a')");
            var result = build.node().drain();

            assertThat(result.failed()).isEqualTo(1);
            assertThat(result.failure()).hasMessageContaining("Key (what)=(a) is duplicated");
            assertThat(build.status("1")).isEqualTo(EntryStatus.FAILED);
        }
    }

    @Test
    void worksInlineToo() {
        System.setProperty("turnasync.mode", "inline");
        try (var build = Deployment.of(
                Script.async("1", context -> CHANGES.get(0).run(context)).inPieces())) {
            build.migrate();
            assertThat(build.database().column("SELECT count(region) FROM journal"))
                    .containsExactly(0L);
        } finally {
            System.clearProperty("turnasync.mode");
        }
    }

    @Test
    void buildsAnIndexInlineWhenFlywayLocksWithoutATransaction() {
        System.setProperty("turnasync.mode", "inline");
        var migration = Script.async("1", CHANGES.get(1)).inPieces();
        try (var build = Deployment.of(migration)) {
            Flyway.configure()
                    .configuration(build.flyway().getConfiguration())
                    .configuration(Map.of("flyway.postgresql.transactional.lock", "false"))
                    .load()
                    .migrate();
            assertThat(build.database()
                            .column("SELECT indisvalid FROM pg_index WHERE indexrelid = 'journal_key'::regclass"))
                    .containsExactly(true);
        } finally {
            System.clearProperty("turnasync.mode");
        }
    }

    /** The build would wait for Flyway's own transaction, which waits for the build. */
    @Test
    void refusesAConcurrentBuildBehindFlywaysTransactionalLock() {
        try (var build = Deployment.of(Script.sync("1", CHANGES.get(1)).inPieces())) {
            assertThatThrownBy(build::migrate).hasStackTraceContaining("flyway.postgresql.transactional.lock=false");
        }
    }

    /** Outside a transaction a pooler gives each statement another server connection, where a setting would stay. */
    @ParameterizedTest
    @ValueSource(ints = {1, 7})
    void refusesToWorkConcurrentlyThroughAPooler(int change) {
        try (var build =
                Deployment.of(Script.async("1", CHANGES.get(change)).inPieces()).migrate()) {
            build.database().execute("CREATE INDEX journal_what ON journal (what)");
            var pooled = AsyncMigrations.builder(build.flyway())
                    .dataSource(Pooler.before(build.database().dataSource()));
            assertThat(build.node(pooled).drain().failure())
                    .hasMessageContaining("INDEX CONCURRENTLY in V1 step 1 needs a data source that goes around");

            assertThat(build.database().column("SELECT count(*) FROM pg_index WHERE indrelid = 'journal'::regclass"))
                    .containsExactly(1L);
        }
    }
}

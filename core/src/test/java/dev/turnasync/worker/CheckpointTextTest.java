package dev.turnasync.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.database.TestDatabase;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import dev.turnasync.fixture.Script.Body;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A migration goes on by its checkpoints, so each comes back as it is, or is refused by name. */
class CheckpointTextTest {

    private static final String HALF = "\uD83D";

    private static Body checkpoint(String name, String value) {
        return context -> context.inTransaction(tx -> {
            Script.note(context, "work");
            tx.checkpoint(name, value);
            return value;
        });
    }

    private static List<Arguments> refusals() {
        Body step = context -> context.steps().atLeastOnce("tell \0 all", () -> Script.note(context, "work"));
        Body longStep = context -> context.steps().atLeastOnce("n".repeat(501), () -> Script.note(context, "work"));
        Body result = context -> context.steps().compute("first", tx -> {
            Script.note(context, "work");
            return "a" + HALF + "b";
        });
        Body backfill = context -> context.backfill()
                .over("journal")
                .named("all" + HALF)
                .set("what = 'x'")
                .run();
        return List.of(
                Arguments.of(
                        checkpoint("place", "row\0 7"),
                        "the checkpoint \"place\" has a NUL character (U+0000) at position 3"),
                Arguments.of(
                        checkpoint("place", HALF),
                        "the checkpoint \"place\" has half of a surrogate pair at position 0"),
                Arguments.of(checkpoint("place", "x\uDE00" + HALF), "half of a surrogate pair at position 1 of 3"),
                Arguments.of(checkpoint("a\0b", "1"), "the name of the checkpoint \"a\\u0000b\" has a NUL character"),
                Arguments.of(step, "the name of the step \"tell \\u0000 all\" has a NUL character"),
                Arguments.of(longStep, "has 501 characters, and may have 500"),
                Arguments.of(result, "the checkpoint \"step:first\" has half of a surrogate pair at position 2"),
                Arguments.of(backfill, "the name of the backfill \"all\\ud83d\" has half"));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void isRefusedBeforeAnythingIsCommittedOrDoneElsewhere(Body body, String message) {
        try (var build = Deployment.of(Script.async("1", body).inPieces()).migrate()) {
            assertThat(build.node().drain().failure()).hasMessageContaining(message);

            assertThat(build.status("1")).isEqualTo(EntryStatus.FAILED);
            assertThat(build.journal()).isEmpty();
        }
    }

    /** Where migrate runs it, it is refused as it would be by a worker. */
    @Test
    void isRefusedInMigrateToo() {
        try (var build =
                Deployment.of(Script.sync("1", checkpoint("place", HALF)).inPieces())) {
            assertThatThrownBy(build::migrate).hasStackTraceContaining("half of a surrogate pair");
        }
    }

    @Test
    void comesBackAsItIsWhateverElseIsInIt() {
        var odd = " \t\r\n' \\ \" \u0001 \uFFFD \uFFFE é 漢 \uD83D\uDE00 e\u0301 ";
        var seen = new ArrayList<String>();
        Body body = context -> {
            context.checkpoint(odd).ifPresent(seen::add);
            checkpoint(odd, odd).run(context);
            if (seen.isEmpty()) {
                throw new IllegalStateException("again");
            }
        };
        try (var build = Deployment.of(Script.async("1", body).inPieces()).migrate()) {
            assertThat(build.node().drain().succeeded()).isEqualTo(1);
            assertThat(seen).containsExactly(odd);
        }
    }

    /** An encoding that lacks a character is asked before a step that could not be taken back. */
    @Test
    void isRefusedWhereTheEncodingLacksACharacter() {
        var name = "latin_" + UUID.randomUUID().toString().replace("-", "");
        try (var host = TestDatabase.fresh()) {
            host.execute(
                    "CREATE DATABASE " + name + " ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
            try {
                var told = new ArrayList<String>();
                assertThat(failure(host, name, context -> {
                            context.steps().atLeastOnce("café", () -> told.add("café"));
                            context.steps().atLeastOnce("漢", () -> told.add("漢"));
                        }))
                        .contains("the name of the step \"\\u6f22\" cannot be stored as it is", "LATIN1");
                assertThat(told).containsExactly("café");
                assertThat(failure(host, name, checkpoint("place", "up to …")))
                        .contains("the checkpoint \"place\" cannot be stored as it is", "Base64");
            } finally {
                host.execute("DROP DATABASE " + name + " WITH (FORCE)");
            }
        }
    }

    private static String failure(TestDatabase host, String name, Body body) {
        var source = host.dataSourceAs("postgres");
        source.setDatabaseName(name);
        Body andTable = context -> {
            context.inTransaction(tx -> {
                try (var statement = tx.connection().createStatement()) {
                    return statement.execute("CREATE TABLE IF NOT EXISTS journal (what TEXT)");
                }
            });
            body.run(context);
        };
        var flyway = Flyway.configure()
                .dataSource(source)
                .table("history_" + UUID.randomUUID().toString().replace("-", ""))
                .locations("classpath:dev/turnasync/nothing")
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .javaMigrations(Script.async("1", andTable).inPieces())
                .load();
        flyway.migrate();
        try (var node =
                AsyncMigrations.builder(flyway).leaveShutdownToApplication().build()) {
            var failure = node.drain().failure();
            return failure == null ? "" : String.valueOf(failure.getMessage());
        }
    }
}

package dev.turnasync.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import dev.turnasync.fixture.Script.Body;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class StepsTest {

    private static Deployment deployment(Body body) {
        return Deployment.of(Script.async("1", body).inPieces()).migrate();
    }

    private static String failure(Deployment build) {
        var failure = build.node().drain().failure();
        assertThat(failure).isNotNull();
        return String.valueOf(failure.getMessage());
    }

    private static void breakDown(AsyncContext context, int until) throws IOException {
        if (context.attempt() <= until) {
            throw new IOException("attempt " + context.attempt() + " broke down");
        }
    }

    @Test
    void runsEachStepOnceOverAllAttempts() {
        Body body = context -> {
            var steps = context.steps();
            steps.once("first", tx -> Script.note(context, "first"));
            breakDown(context, 1);
            steps.once("second", tx -> {
                Script.note(context, "second");
                breakDown(context, 2);
            });
            steps.once("third", tx -> Script.note(context, "third"));
        };
        try (var build = deployment(body)) {
            assertThat(build.node().drain().succeeded()).isEqualTo(1);
            assertThat(build.journal()).containsExactly("first", "second", "third");
            assertThat(build.entry("1").run().attempt()).isEqualTo(3);
        }
    }

    @Test
    void givesBackTheResultOfAStepThatWasDone() {
        Body body = context -> {
            var answer = context.steps().compute("ask", tx -> "answer of attempt " + context.attempt());
            breakDown(context, 1);
            Script.note(context, answer);
            Script.note(context, "[" + context.steps().compute("empty", tx -> "") + "]");
        };
        try (var build = deployment(body)) {
            build.node().drain();
            assertThat(build.journal()).containsExactly("answer of attempt 1", "[]");
        }
    }

    @Test
    void repeatsAStepOutsideTransactionsUntilItsEndWasNoted() {
        Body body = context -> {
            context.steps().atLeastOnce("call", () -> {
                Script.note(context, "called");
                breakDown(context, 1);
            });
            breakDown(context, 2);
        };
        try (var build = deployment(body)) {
            build.node().drain();
            assertThat(build.journal()).containsExactly("called", "called");
        }
    }

    @Test
    void refusesAStepInsideAnother() {
        try (var build = deployment(context -> context.steps()
                .once("outer", tx -> context.steps().once("inner", inner -> Script.note(context, "never"))))) {
            assertThat(failure(build)).contains("inside another");
            assertThat(build.journal()).isEmpty();
        }
    }

    @Test
    void refusesANameThatComesTwice() {
        Body body = context -> {
            context.steps().once("same", tx -> Script.note(context, "one"));
            context.steps().once("same", tx -> Script.note(context, "two"));
        };
        try (var build = deployment(body)) {
            assertThat(failure(build)).contains("\"same\" comes twice");
            assertThat(build.journal()).containsExactly("one");
        }
    }

    private static Body renaming(Body declaration) {
        return context -> {
            if (context.attempt() == 1) {
                context.steps().once("old", tx -> Script.note(context, "work"));
                breakDown(context, 1);
            }
            declaration.run(context);
            context.steps().once("new", tx -> Script.note(context, "work"));
        };
    }

    @Test
    void refusesToRunARenamedStepAgain() {
        try (var build = deployment(renaming(context -> {}))) {
            assertThat(failure(build)).contains("\"new\" has not run", "[old]", "steps.renamed(");
            assertThat(build.journal()).containsExactly("work");
        }
    }

    @Test
    void takesANewNameThatItIsTold() {
        try (var build = deployment(renaming(context -> context.steps().renamed("old", "new")))) {
            assertThat(build.node().drain().succeeded()).isEqualTo(1);
            assertThat(build.journal()).containsExactly("work");
        }
    }

    @Test
    void runsWhatIsDeclaredNew() {
        for (var declaration : List.<Body>of(
                context -> context.steps().removed("old"),
                context -> context.steps().inserted("new"))) {
            try (var build = deployment(renaming(declaration))) {
                assertThat(build.node().drain().succeeded()).isEqualTo(1);
                assertThat(build.journal()).containsExactly("work", "work");
            }
        }
    }

    @Test
    void reportsAStepThatIsGoneFromTheCode() {
        Body body = context -> {
            if (context.attempt() == 1) {
                context.steps().once("gone", tx -> Script.note(context, "work"));
                breakDown(context, 1);
            }
        };
        try (var build = deployment(body)) {
            assertThat(build.node().drain().succeeded()).isEqualTo(1);
            assertThat(build.node().queue().attempts(build.entry("1")).get(1).warning())
                    .contains("[gone]", "steps.removed");
        }
    }

    @Test
    void runsInlineInMigrationsThatFlywayRuns() {
        try (var build = Deployment.of(Script.sync("1", context -> {
                            Steps.in(context).once("one", tx -> Script.note(context, "one"));
                        })
                        .inPieces())
                .migrate()) {
            assertThat(build.journal()).containsExactly("one");
        }
    }
}

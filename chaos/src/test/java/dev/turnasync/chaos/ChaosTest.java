package dev.turnasync.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.turnasync.chaos.ChaosRun.Plan;
import dev.turnasync.chaos.ChaosRun.Result;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Workers that are killed, frozen, cut off and deployed over, on a database that crashes, run every batch once and in order.
 * A failing run prints its seed; {@code -Dchaos.seed=…} repeats it. The runners' logs stay in {@code target/chaos}.
 */
@EnabledOnOs({OS.LINUX, OS.MAC})
class ChaosTest {

    private static final int CANARY_TRIES = 5;

    private static final ChaosReport REPORT = new ChaosReport();

    /** Each kind as it is, and through a pooler, or those of {@code -Dchaos.workers=thread,jobrunr+pooler}. */
    static List<String> workers() {
        var given = System.getProperty("chaos.workers");
        if (given != null) {
            return List.of(given.split(","));
        }
        var all = new ArrayList<>(RunnerKind.ALL);
        RunnerKind.ALL.forEach(kind -> all.add(kind + "+pooler"));
        return all;
    }

    static List<String> kinds() {
        return RunnerKind.ALL;
    }

    private static RunnerOptions options(String worker) {
        var pooler = worker.endsWith("+pooler");
        return RunnerOptions.of(worker.replace("+pooler", ""))
                .with("name", worker)
                .with("pooler", pooler);
    }

    private static Result run(Plan plan) {
        var result = ChaosRun.run(plan);
        System.out.println(result.line());
        return result;
    }

    @AfterAll
    static void writeReport() throws IOException {
        REPORT.write();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void runEachBatchOnceAndInOrder(String kind) {
        var seed = Long.getLong("chaos.seed", 1);
        var events = List.of(Event.KILL_LEADER, Event.FREEZE_LEADER, Event.END_RUN_SESSION);
        var result = run(new Plan(options(kind).with("migrations", 12), seed, events));

        assertThat(result.verdict().findings()).as(result.line()).isEmpty();
        assertThat(result.verdict().isClean()).as(result.line()).isTrue();
    }

    /** The canary: what the fence guards breaks without it. */
    @Test
    void goWrongWhereTheFenceIsTakenOut() {
        assertThat(canary("thread", 12)).isTrue();
    }

    private static boolean canary(String kind, int migrations) {
        var options = options(kind)
                .with("name", kind + "+unfenced")
                .with("unfenced", true)
                .with("migrations", migrations);
        var events = List.of(Event.FREEZE_LEADER, Event.FREEZE_LEADER, Event.FREEZE_LEADER);
        for (var seed = 1; seed <= CANARY_TRIES; seed++) {
            var verdict = run(new Plan(options, seed, events)).verdict();
            if (verdict.duplicates() + verdict.inversions() > 0) {
                return true;
            }
        }
        return false;
    }

    @Tag("chaos")
    @ParameterizedTest
    @MethodSource("kinds")
    void goWrongWhereTheFenceIsTakenOutOfALongRun(String kind) {
        assertThat(canary(kind, 40)).isTrue();
    }

    @Tag("chaos")
    @ParameterizedTest
    @MethodSource("workers")
    void runEachBatchOnceAndInOrderManyTimes(String worker) {
        assumeTrue(!worker.endsWith("+pooler") || PgBouncer.isInstalled(), "PgBouncer is not installed");
        var runs = Integer.getInteger("chaos.runs", 10);
        var first = Long.getLong("chaos.seed", new Random().nextInt(1_000_000));
        var wrong = new ArrayList<String>();
        for (var seed = first; seed < first + runs; seed++) {
            var result = run(Plan.drawn(options(worker), seed, Integer.getInteger("chaos.events", 7)));
            REPORT.add(worker, result);
            if (!result.verdict().isClean()) {
                wrong.add(result.line() + "\n  "
                        + String.join("\n  ", result.verdict().findings()));
                System.out.println("VIOLATION " + wrong.get(wrong.size() - 1));
            }
        }
        assertThat(wrong).isEmpty();
    }
}

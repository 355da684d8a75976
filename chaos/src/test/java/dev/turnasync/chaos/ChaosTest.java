package dev.turnasync.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.turnasync.chaos.ChaosRun.Plan;
import dev.turnasync.chaos.ChaosRun.Result;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Workers that are killed, frozen, cut off and deployed over, on a database that crashes, locks its tables and turns people away, run
 * every batch once and in order, whatever operators do meanwhile. A failing run prints its seed; {@code -Dchaos.seed=…} repeats it, and
 * {@code -Dchaos.blows=LOCK_TABLES,READ_ONLY} draws from some events only. The runners' logs stay in {@code target/chaos}.
 */
@EnabledOnOs({OS.LINUX, OS.MAC})
class ChaosTest {

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

    @AfterAll
    static void writeReport() throws IOException {
        REPORT.write();
    }

    /** A short form: for each kind some events. */
    static Stream<Arguments> few() {
        return Stream.of(
                Arguments.of("thread", List.of(Event.LOCK_TABLES, Event.KILL_LEADER, Event.OPERATOR_CANCELS)),
                Arguments.of("jobrunr", List.of(Event.KILL_LEADER, Event.FREEZE_LEADER, Event.END_RUN_SESSION)),
                Arguments.of("quartz", List.of(Event.FREEZE_LEADER, Event.READ_ONLY, Event.STALL_ANSWERS)));
    }

    @ParameterizedTest
    @MethodSource("few")
    void runEachBatchOnceAndInOrder(String kind, List<Event> events) {
        var seed = Long.getLong("chaos.seed", 1);
        var result = ChaosRun.run(new Plan(options(kind).with("migrations", 10), seed, events), Postgres.shared());
        System.out.println(result.line());

        assertThat(result.verdict().findings()).as(result.line()).isEmpty();
        assertThat(result.verdict().isClean()).as(result.line()).isTrue();
    }

    @Tag("chaos")
    @Timeout(value = 8, unit = TimeUnit.HOURS)
    @ParameterizedTest
    @MethodSource("workers")
    void runEachBatchOnceAndInOrderManyTimes(String worker) {
        assumeTrue(!worker.endsWith("+pooler") || PgBouncer.isInstalled(), "PgBouncer is not installed");
        var runs = Integer.getInteger("chaos.runs", 10);
        var first = Long.getLong("chaos.seed", new Random().nextInt(1_000_000));
        var plans = LongStream.range(first, first + runs)
                .mapToObj(seed -> Plan.drawn(options(worker), seed, Integer.getInteger("chaos.events", 7)))
                .toList();
        var wrong = new ArrayList<String>();
        for (var result : Lanes.run(plans)) {
            REPORT.add(worker, result);
            if (!result.verdict().isClean()) {
                wrong.add(words(result));
            }
        }
        assertThat(wrong).isEmpty();
    }

    private static String words(Result result) {
        return result.line() + "\n  " + String.join("\n  ", result.verdict().findings());
    }
}

package dev.turnasync.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.chaos.BackfillMigration.Form;
import dev.turnasync.chaos.BackfillRun.Kind;
import dev.turnasync.chaos.BackfillRun.Plan;
import dev.turnasync.chaos.BackfillRun.Result;
import dev.turnasync.chaos.Holds.Moment;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Backfills whose workers are killed, frozen and cut off, at the boundaries of batches and within them, change each row once. The
 * table is compared with one where nothing went wrong. A failing run prints its seed; {@code -Dchaos.seed=…} repeats it, and
 * {@code -Dchaos.points=100} kills more often. The runners' logs stay in {@code target/chaos}.
 */
@EnabledOnOs({OS.LINUX, OS.MAC})
class BackfillKillTest {

    private static final int ROWS = 20_000;

    private static Result run(Plan plan, boolean fenced) throws SQLException {
        // A statement is held for longer than a batch may usually take.
        var options = BackfillRun.options(plan.form()).with("batch", Plan.BATCH).with("target", 20_000);
        var result = BackfillRun.run(
                plan, fenced ? options : options.with("unfenced", true).with("hidden", true));
        System.out.println(result.line());
        return result;
    }

    /** So many kinds, each in turn from some place on. */
    private static List<Kind> some(List<Kind> kinds, int count, int from) {
        return IntStream.range(from, from + count)
                .mapToObj(i -> kinds.get(i % kinds.size()))
                .toList();
    }

    @ParameterizedTest
    @CsvSource({"SQL, 0", "JAVA, 1", "PARALLEL, 2"})
    void changeEachRowOnce(Form form, int turn) throws SQLException {
        var seed = Long.getLong("chaos.seed", 1);
        var kinds = new ArrayList<>(some(BackfillRun.KILLS, 3, 3 * turn));
        kinds.addAll(some(BackfillRun.OTHERS, 2, 2 * turn));
        var result = run(Plan.drawn(form, seed, ROWS, kinds), true);

        assertThat(result.findings()).as(result.line()).isEmpty();
        // One of two sessions may be past its point when the other one is struck.
        assertThat(result.struck()).as(result.line()).hasSizeGreaterThanOrEqualTo(form == Form.PARALLEL ? 3 : 5);
    }

    /** The only worker loses its sessions without hearing of it, and yet takes its work up again. */
    @Tag("chaos")
    @ParameterizedTest
    @EnumSource(names = {"SQL", "PARALLEL"})
    void goOnWhereTheNetworkForgetsTheirConnections(Form form) throws SQLException {
        var kinds = List.of(new Kind(Moment.STATEMENT, Blow.STRAND));
        var result = run(Plan.drawn(form, 1, 2_000, kinds).withWorkers(1), true);

        assertThat(result.findings()).as(result.line()).isEmpty();
        assertThat(result.struck()).as(result.line()).hasSize(1);
    }

    @Tag("chaos")
    @Timeout(value = 4, unit = TimeUnit.HOURS)
    @ParameterizedTest
    @EnumSource(names = {"SQL", "JAVA", "PARALLEL"})
    void changeEachRowOnceHoweverOftenTheyAreKilled(Form form) throws SQLException {
        var first = Long.getLong("chaos.seed", new Random().nextInt(1_000_000));
        var points = Integer.getInteger("chaos.points", 20);
        var wrong = new ArrayList<String>();
        var kills = 0L;
        for (var seed = first; kills < points; seed++) {
            var kinds = new ArrayList<>(some(BackfillRun.KILLS, Math.min(points, 40), 0));
            kinds.addAll(BackfillRun.OTHERS);
            Collections.shuffle(kinds, new Random(seed));
            var result = run(Plan.drawn(form, seed, ROWS, kinds), true);
            kills += result.kills();
            if (!result.findings().isEmpty()) {
                wrong.add(result.line());
            }
        }
        System.out.println(
                "backfill " + form + ": " + kills + " kills from seed " + first + ", " + wrong.size() + " runs wrong");
        assertThat(wrong).isEmpty();
    }

    /** The canary: a change that does not commit with its checkpoint is done twice, and that is seen. */
    @Test
    void goWrongWhereTheChangeCommitsByItself() throws SQLException {
        var result =
                run(Plan.drawn(Form.LEAKY, 1, 2_000, some(List.of(new Kind(Moment.STATEMENT, Blow.KILL)), 2, 0)), true);

        assertThat(result.findings()).as(result.line()).anyMatch(finding -> finding.startsWith("differs"));
    }

    /** The canary: without the fence, one that was frozen commits what its successor does again. */
    @Test
    void goWrongWhereTheFenceIsTakenOut() throws SQLException {
        var kinds = some(List.of(new Kind(Moment.STATEMENT, Blow.FREEZE_UNTIL_OVERTAKEN)), 2, 0);
        var result = run(Plan.drawn(Form.SQL, 1, 2_000, kinds), false);

        assertThat(result.findings()).as(result.line()).anyMatch(finding -> finding.startsWith("differs"));
    }
}

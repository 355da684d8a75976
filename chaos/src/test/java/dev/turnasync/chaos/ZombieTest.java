package dev.turnasync.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.chaos.ZombieRun.Walls;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A worker that wakes up in the middle of its successor's work: two walls keep it from doing harm, and each does so alone. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class ZombieTest {

    @ParameterizedTest
    @EnumSource(names = {"NONE", "FENCE", "SESSIONS"})
    void doesHarmOnlyWhereNeitherWallStands(Walls walls) throws SQLException {
        assertWalls("thread", walls);
    }

    @Tag("chaos")
    @Timeout(value = 30, unit = TimeUnit.MINUTES)
    @ParameterizedTest
    @EnumSource
    void doesHarmOnlyWhereNeitherWallStandsWhateverWakesIt(Walls walls) throws SQLException {
        for (var kind : RunnerKind.ALL) {
            assertWalls(kind, walls);
        }
    }

    private static void assertWalls(String kind, Walls walls) throws SQLException {
        var verdict = ZombieRun.run(kind, walls);
        var line = "zombie " + kind + ", walls " + walls + ": " + verdict.counts();
        System.out.println(line);

        if (walls == Walls.NONE) {
            // The canary. One double at least in each of the two moments.
            assertThat(verdict.duplicates()).as(line).isGreaterThanOrEqualTo(2);
        } else {
            assertThat(verdict.findings()).as(line).isEmpty();
        }
    }
}

package dev.turnasync.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnasync.resumable.BatchSize.Limits;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BatchSizeTest {

    private static final Duration TARGET = Duration.ofMillis(500);

    private final BatchSize size = new BatchSize(new Limits(10, 100_000, TARGET));

    /** A batch of the present size, on a machine that needs so long for a row. */
    private void work(double microsForARow) {
        size.succeeded(size.rows(), Duration.ofNanos((long) (size.rows() * microsForARow * 1_000)));
    }

    @Test
    void findsTheTargetInFewBatches() {
        for (var n = 0; n < 6; n++) {
            work(10);
        }
        assertThat(size.rows()).isEqualTo(32_000);
    }

    @Test
    void neverGoesBeyondItsLimits() {
        for (var n = 0; n < 1_000; n++) {
            work(0.001);
        }
        assertThat(size.rows()).isEqualTo(100_000);
        for (var n = 0; n < 1_000; n++) {
            work(1_000_000);
        }
        assertThat(size.rows()).isEqualTo(10);
    }

    @Test
    void cutsToATenthAtOnceFarAboveTheTarget() {
        for (var n = 0; n < 6; n++) {
            work(10);
        }
        work(100);
        assertThat(size.rows()).isEqualTo(3_200);
    }

    @Test
    void growsByHalfAtMostAfterElevenBatchesOfOneSize() {
        for (var n = 0; n < 6; n++) {
            work(10);
        }
        var before = size.rows();
        work(9); // the second of eleven; the first ended the slow start
        for (var n = 0; n < 8; n++) {
            work(1);
            assertThat(size.rows()).isEqualTo(before);
        }
        work(1);
        assertThat(size.rows()).isLessThanOrEqualTo(before * 3 / 2);
    }

    @Test
    void halvesDownToOneRowAndClimbsBackBelowWhatFailed() {
        for (var n = 0; n < 6; n++) {
            work(10);
        }
        var halvings = 0;
        while (size.halved(size.rows())) {
            halvings++;
        }
        assertThat(halvings).isEqualTo(14);
        assertThat(size.rows()).isEqualTo(1);
        for (var n = 0; n < 12; n++) {
            work(1);
        }
        assertThat(size.rows()).isLessThanOrEqualTo(16_000);
    }

    @Test
    void halvesTheRowsThatWereThereWhenTheyWereFewer() {
        assertThat(size.halved(7)).isTrue();
        assertThat(size.rows()).isEqualTo(3);
        assertThat(size.halved(1)).isTrue();
        assertThat(size.rows()).isEqualTo(1);
        assertThat(size.halved(1)).isFalse();
    }

    @Test
    void keepsAFixedSize() {
        var fixed = new BatchSize(new Limits(500, 500, TARGET));
        for (var n = 0; n < 50; n++) {
            fixed.succeeded(500, Duration.ofMillis(n));
        }
        assertThat(fixed.rows()).isEqualTo(500);
    }

    /** Whatever the noise, nine of ten batches end up near the target, as the rule promises. */
    @Test
    void settlesNearTheTargetUnderNoise() {
        var random = new SplittableRandom(7);
        for (var n = 0; n < 500; n++) {
            work(10 + random.nextDouble() * 10);
        }
        assertThat(size.rows() * 20 / 1_000.0).isBetween(400.0, 600.0);
    }

    /** As many tries as a binary search takes, and one for the row. */
    @Test
    void findsOneRowAmongManyByBisection() {
        for (var bad = 1L; bad <= 25_000; bad += 1_777) {
            var fresh = new BatchSize(new Limits(25_000, 25_000, TARGET));
            var at = 0L;
            var tries = 0;
            for (var found = false; !found; tries++) {
                if (at + fresh.rows() < bad) {
                    at += fresh.rows();
                    fresh.succeeded(fresh.rows(), TARGET);
                } else {
                    found = !fresh.narrowed(fresh.rows());
                }
            }
            assertThat(at).isEqualTo(bad - 1);
            assertThat(tries).isLessThanOrEqualTo(31);
        }
    }

    @Test
    void goesOnAsBeforeOnceNoRowIsBadAnyMore() {
        var fixed = new BatchSize(new Limits(8, 8, TARGET));
        fixed.narrowed(8);
        while (fixed.isNarrowing()) {
            fixed.succeeded(fixed.rows(), Duration.ofMillis(1));
        }
        assertThat(fixed.rows()).isEqualTo(8);
    }

    /** Rows that found no room in this process find none in the next batch either, whatever the author wants. */
    @Test
    void neverAsksForMoreThanTheHeapHadRoomFor() {
        var fixed = new BatchSize(new Limits(500, 500, TARGET));
        assertThat(fixed.foundNoRoom(500, true)).isTrue();
        assertThat(fixed.foundNoRoom(250, true)).isTrue();
        for (var n = 0; n < 500; n++) {
            fixed.succeeded(fixed.rows(), Duration.ofMillis(1));
        }
        assertThat(fixed.rows()).isEqualTo(125);
    }

    @Test
    void asksTheServerForMoreAgainAfterAWhile() {
        var fixed = new BatchSize(new Limits(500, 500, TARGET));
        fixed.foundNoRoom(500, false);
        fixed.succeeded(250, TARGET);
        assertThat(fixed.rows()).isEqualTo(250);
        for (var n = 0; n < 60; n++) {
            fixed.succeeded(fixed.rows(), TARGET);
        }
        assertThat(fixed.rows()).isEqualTo(500);
    }

    @Test
    void beginsWithWhatThereIsRoomForButNotBelowWhatTheAuthorWants() {
        assertThat(new BatchSize(Limits.DEFAULT, new RowWidth.Room(42, 42)).rows())
                .isEqualTo(42);
        assertThat(new BatchSize(Limits.DEFAULT, new RowWidth.Room(1, 1)).rows())
                .isEqualTo(BatchSize.MIN);
        assertThat(new BatchSize(new Limits(500, 500, TARGET), new RowWidth.Room(42, 42)).rows())
                .isEqualTo(500);
    }

    @Test
    void refusesLimitsThatMakeNoSense() {
        assertThatThrownBy(() -> new Limits(0, 1, TARGET)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Limits(5, 4, TARGET)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Limits(1, 1, Duration.ZERO)).isInstanceOf(IllegalArgumentException.class);
    }
}

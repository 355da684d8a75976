package dev.turnasync.api;

import static dev.turnasync.api.EntryStatus.FAILED;
import static dev.turnasync.api.EntryStatus.PAUSED;
import static dev.turnasync.api.EntryStatus.QUEUED;
import static dev.turnasync.api.EntryStatus.RETRYABLE;
import static dev.turnasync.api.EntryStatus.RUNNING;
import static dev.turnasync.api.EntryStatus.SKIPPED;
import static dev.turnasync.api.EntryStatus.SUCCEEDED;
import static dev.turnasync.api.EntryStatus.UNDONE;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EntryStatusTest {

    @Test
    void namesTheSuccessorsOfEachStatus() {
        assertThat(QUEUED.next()).containsExactlyInAnyOrder(RUNNING, PAUSED, SKIPPED, SUCCEEDED, UNDONE);
        assertThat(RUNNING.next()).containsExactlyInAnyOrder(SUCCEEDED, RETRYABLE, FAILED, QUEUED, PAUSED);
        assertThat(RETRYABLE.next()).containsExactlyInAnyOrder(RUNNING, QUEUED, PAUSED, SKIPPED, SUCCEEDED);
        assertThat(FAILED.next()).containsExactlyInAnyOrder(QUEUED, SKIPPED, PAUSED, SUCCEEDED);
        assertThat(PAUSED.next()).containsExactlyInAnyOrder(QUEUED, RETRYABLE, FAILED, SKIPPED, SUCCEEDED);
        assertThat(SUCCEEDED.next()).containsExactly(UNDONE);
        assertThat(SKIPPED.next()).isEmpty();
        assertThat(UNDONE.next()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void neverFollowsItself(EntryStatus status) {
        assertThat(status.next()).doesNotContain(status);
    }

    @Test
    void finishesAsSucceededSkippedOrUndone() {
        assertThat(EntryStatus.values())
                .filteredOn(EntryStatus::isFinished)
                .containsExactlyInAnyOrder(SUCCEEDED, SKIPPED, UNDONE);
    }

    @ParameterizedTest
    @EnumSource
    void runsNeverAgainOnceFinished(EntryStatus status) {
        if (status.isFinished()) {
            assertThat(status.next()).allMatch(EntryStatus::isFinished);
        }
    }

    @ParameterizedTest
    @EnumSource
    void isReachedFromQueued(EntryStatus status) {
        assertThat(reachedFrom(QUEUED)).contains(status);
    }

    @ParameterizedTest
    @EnumSource
    void canAlwaysFinish(EntryStatus status) {
        assertThat(reachedFrom(status)).anyMatch(EntryStatus::isFinished);
    }

    @ParameterizedTest
    @EnumSource
    void givesAwayNoSetThatOthersShare(EntryStatus status) {
        var before = Set.copyOf(status.next());
        tryToClear(status.next());

        assertThat(status.next()).isEqualTo(before);
    }

    private static void tryToClear(Set<EntryStatus> statuses) {
        try {
            statuses.clear();
        } catch (UnsupportedOperationException e) {
            assertThat(e).as("an unmodifiable set is as good").isNotNull();
        }
    }

    private static Set<EntryStatus> reachedFrom(EntryStatus start) {
        var reached = EnumSet.of(start);
        var open = new ArrayDeque<>(Set.of(start));
        while (!open.isEmpty()) {
            for (var next : open.remove().next()) {
                if (reached.add(next)) {
                    open.add(next);
                }
            }
        }
        return reached;
    }
}

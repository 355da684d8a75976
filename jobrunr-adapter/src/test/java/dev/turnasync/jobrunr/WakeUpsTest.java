package dev.turnasync.jobrunr;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.QueueEntry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class WakeUpsTest {

    private static final Instant SINCE = Instant.parse("2026-11-22T10:00:00Z");
    private static final QueueEntry FIRST = entry(7, EntryStatus.QUEUED, SINCE, null);

    @Test
    void givesAllNodesTheSameIdForOneSpan() {
        assertThat(id("q", FIRST, SINCE.plus(WakeUps.REPEAT_AFTER).minusSeconds(1)))
                .isEqualTo(id("q", FIRST, SINCE));
    }

    @Test
    void givesNodesWhoseClocksDifferALittleTheSameIdWhenAnEntryBecomesTheHead() {
        assertThat(id("q", FIRST, SINCE.minusMillis(20))).isEqualTo(id("q", FIRST, SINCE.plusMillis(20)));
    }

    @Test
    void givesANewIdAfterTheSpanSoThatAJobThatCameInVainStandsInTheWayForThatTimeOnly() {
        assertThat(id("q", FIRST, SINCE.plus(WakeUps.REPEAT_AFTER))).isNotEqualTo(id("q", FIRST, SINCE));
        assertThat(id("q", FIRST, SINCE.minus(Duration.ofHours(1)).plus(WakeUps.REPEAT_AFTER)))
                .isNotEqualTo(id("q", FIRST, SINCE.minus(Duration.ofHours(1))));
    }

    @Test
    void givesEachAttemptAnIdOfItsOwn() {
        var again = entry(7, EntryStatus.QUEUED, SINCE, new QueueEntry.Run(1, null, null, SINCE, null));

        assertThat(id("q", again, SINCE)).isNotEqualTo(id("q", FIRST, SINCE));
    }

    @Test
    void givesAnEntryThatWasQueuedAgainANewId() {
        var later = entry(7, EntryStatus.QUEUED, SINCE.plusMillis(1), null);

        assertThat(id("q", later, SINCE.plusMillis(1))).isNotEqualTo(id("q", FIRST, SINCE));
    }

    @Test
    void givesEachQueueAnIdOfItsOwn() {
        assertThat(id("other", FIRST, SINCE)).isNotEqualTo(id("q", FIRST, SINCE));
    }

    @Test
    void countsTheSpansFromWhenTheEntryBecameTheHead() {
        var before = entry(6, EntryStatus.SUCCEEDED, SINCE.plusSeconds(3_600), null);
        var after = entry(8, EntryStatus.QUEUED, SINCE.plusSeconds(9_999), null);

        assertThat(new QueueView(List.of(before, FIRST, after)).headSince(FIRST))
                .isEqualTo(before.since());
        assertThat(new QueueView(List.of(FIRST, after)).headSince(FIRST)).isEqualTo(SINCE);
    }

    @Test
    void cutsLabelsToWhatJobRunrTakes() {
        var labels = WakeUps.labels("a_rather_long_schema_name_of_some_tenant.flyway_schema_history", FIRST);

        assertThat(labels).hasSize(3).allSatisfy(label -> assertThat(label).hasSizeLessThan(45));
        assertThat(labels).contains("async-migration", "v42");
    }

    private static UUID id(String queue, QueueEntry head, Instant now) {
        return WakeUps.id(queue, head, WakeUps.Waiting.of(head.since(), now, WakeUps.REPEAT_AFTER));
    }

    private static QueueEntry entry(long id, EntryStatus status, Instant since, QueueEntry.@Nullable Run run) {
        return new QueueEntry(
                id,
                new QueueEntry.Identity(
                        "42", "42", "backfill orders", null, "V42__Backfill_orders", 1, QueueEntry.Direction.UP, SINCE),
                status,
                QueueEntry.Standing.APPLIED,
                3,
                null,
                since,
                new QueueEntry.Tries(0, null, 0, null, null),
                run,
                QueueEntry.Progress.NONE);
    }
}

package dev.turnasync.jobrunr;

import dev.turnasync.api.Attempt;
import dev.turnasync.api.MigrationQueue;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.api.QueueEntry.Standing;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The applied entries of the queue at one moment, in the order in which they run. */
record QueueView(List<QueueEntry> entries) {

    static QueueView of(MigrationQueue queue) {
        return new QueueView(queue.list().stream()
                .filter(entry -> entry.standing() == Standing.APPLIED)
                .toList());
    }

    /** The first entry that is not done with. */
    Optional<QueueEntry> head() {
        return entries.stream().filter(entry -> !entry.status().isFinished()).findFirst();
    }

    /**
     * The entry's label and its place among the entries that waited together with it, such as
     * {@code V42 backfill orders (3 of 12)}: those that were unfinished when it was queued, or are now.
     */
    String jobName(QueueEntry entry) {
        var together = entries.stream()
                .filter(other -> waitedWith(entry, other))
                .map(QueueEntry::id)
                .toList();
        var place = together.indexOf(entry.id()) + 1;
        return place == 0 ? entry.label() : entry.label() + " (" + place + " of " + together.size() + ")";
    }

    /** Whether the last attempt lost its connection or its lease: no failure of the migration, which goes on from its checkpoint. */
    static boolean wasCutOff(MigrationQueue queue, QueueEntry entry) {
        var attempts = queue.attempts(entry);
        return !attempts.isEmpty() && attempts.get(attempts.size() - 1).outcome() == Attempt.Outcome.LOST;
    }

    /** Since when the entry is in its status and nothing is before it. */
    Instant headSince(QueueEntry head) {
        return entries.stream()
                .takeWhile(entry -> entry.id() != head.id())
                .map(QueueEntry::since)
                .reduce(head.since(), (one, other) -> one.isAfter(other) ? one : other);
    }

    private static boolean waitedWith(QueueEntry entry, QueueEntry other) {
        return !other.status().isFinished()
                || other.since().isAfter(entry.identity().queuedAt());
    }
}

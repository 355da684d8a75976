package dev.turnasync.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.MigrationQueue;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.api.QueueEntry.Standing;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a look at the queue saw.
 *
 * @param at when
 * @param entries those that are not finished and the last few that are; of the last look while the database is away
 * @param count how many entries there are in each status
 * @param awaySince since when the database is away; null while it is there
 * @param why why it is away; null while it is there
 */
record QueueLook(
        Instant at,
        List<QueueEntry> entries,
        Map<EntryStatus, Long> count,
        @Nullable Instant awaySince,
        @Nullable String why) {

    private static final int LAST_FEW = 3;

    static QueueLook of(Instant now, MigrationQueue queue) {
        return new QueueLook(now, List.copyOf(queue.recent(LAST_FEW)), Map.copyOf(queue.count()), null, null);
    }

    /** The same entries, but the database is away. */
    QueueLook away(Instant now, String reason) {
        return new QueueLook(now, entries, count, awaySince == null ? now : awaySince, reason);
    }

    /** Those that may still run, in their order. */
    List<QueueEntry> unfinished() {
        return entries.stream().filter(QueueLook::mayRun).toList();
    }

    /** The few that ended last, the oldest of them first. */
    List<QueueEntry> justFinished() {
        return entries.stream()
                .filter(entry -> entry.status().isFinished())
                .sorted(Comparator.comparing(QueueEntry::since).reversed())
                .limit(LAST_FEW)
                .sorted(Comparator.comparing(QueueEntry::since))
                .toList();
    }

    boolean isIdle() {
        return awaySince == null && unfinished().isEmpty();
    }

    /** Whether the first one that may run waits for a person. */
    boolean isHeldBack() {
        return unfinished().stream()
                .findFirst()
                .filter(head -> head.status() == EntryStatus.FAILED || head.status() == EntryStatus.PAUSED)
                .isPresent();
    }

    private static boolean mayRun(QueueEntry entry) {
        return !entry.status().isFinished()
                && entry.standing() != Standing.WITHDRAWN
                && entry.standing() != Standing.SUPERSEDED;
    }

    ObjectNode json(String queue) {
        var node = Json.object().put("queue", queue);
        Json.put(node, "at", at);
        node.put("away", why);
        node.setAll(EntryJson.list(queue, entries, count));
        return node;
    }
}

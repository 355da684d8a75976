package dev.turnasync.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.turnasync.api.DrainResult.StopReason;
import dev.turnasync.api.MigrationQueue;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.api.QueueEntry.Standing;
import dev.turnasync.api.QueueReport;
import dev.turnasync.api.QueueReport.Kind;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a drain would run if it began now and all went well, and why it would end then.
 *
 * @param entries what it would run, in its order
 * @param why why it would end
 * @param head the entry that it would not run; null when none is left, or the limit is reached
 */
record DrainPlan(
        List<QueueEntry> entries, StopReason why, @Nullable QueueEntry head) {

    /** Looks at what is left, by the database's clock, and runs nothing. */
    static DrainPlan of(MigrationQueue queue, @Nullable Integer most) {
        var left = queue.recent(0).stream()
                .filter(entry -> entry.standing() == Standing.APPLIED)
                .toList();
        var entries = new ArrayList<QueueEntry>();
        if (left.isEmpty()) {
            return new DrainPlan(entries, StopReason.EMPTY, null);
        }
        var report = queue.check();
        for (var entry : left) {
            if (most != null && entries.size() == most) {
                return new DrainPlan(entries, StopReason.DONE, null);
            }
            var why = holdsBack(entry, report, entries.isEmpty());
            if (why != null) {
                return new DrainPlan(entries, why, entry);
            }
            entries.add(entry);
        }
        var limited = most != null && entries.size() == most;
        return new DrainPlan(entries, limited ? StopReason.DONE : StopReason.EMPTY, null);
    }

    /** Why a drain would end before an entry; null when it would run it. */
    private static @Nullable StopReason holdsBack(QueueEntry entry, QueueReport report, boolean first) {
        return switch (entry.status()) {
            case FAILED -> StopReason.BLOCKED;
            case PAUSED -> StopReason.PAUSED;
            case RUNNING -> has(report, Kind.LEASE_EXPIRED, entry) ? null : StopReason.LEASE_HELD;
            default -> {
                var waits = entry.nextAttemptAt()
                                .filter(report.checkedAt()::isBefore)
                                .isPresent()
                        || (first ? has(report, Kind.WAITING_FOR_WINDOW, entry) : isClosed(entry, report.checkedAt()));
                yield waits ? StopReason.NOT_DUE : null;
            }
        };
    }

    private static boolean has(QueueReport report, Kind kind, QueueEntry entry) {
        return report.findings().stream()
                .anyMatch(finding -> finding.kind() == kind && entry.key().equals(finding.subject()));
    }

    /** The check tells it of the first entry only. A zone that just PostgreSQL knows counts as open. */
    private static boolean isClosed(QueueEntry entry, Instant now) {
        var window = Objects.requireNonNullElse(entry.tries().window(), "");
        var zone = window.substring(window.indexOf(' ') + 1);
        if (!ZoneId.getAvailableZoneIds().contains(zone)) {
            return false;
        }
        var opens = LocalTime.parse(window.substring(0, 5));
        var closes = LocalTime.parse(window.substring(6, 11));
        var time = LocalTime.ofInstant(now, ZoneId.of(zone));
        var afterOpening = !time.isBefore(opens);
        var beforeClosing = time.isBefore(closes);
        return !opens.equals(closes)
                && (opens.isBefore(closes) ? !(afterOpening && beforeClosing) : !afterOpening && !beforeClosing);
    }

    void print(Screen screen) {
        entries.forEach(entry -> screen.line(
                Span.plain("would run "),
                Span.strong(entry.label()),
                Span.plain(", which is "),
                Span.of(entry.status())));
        var ends = entries.isEmpty() ? "would run nothing" : "would then end";
        screen.line(ends + ", because " + DrainPage.why(why, head));
    }

    ObjectNode json(String queue) {
        var node = EntryJson.list(queue, entries).put("dryRun", true).put("stopReason", why.name());
        node.set("head", head == null ? null : EntryJson.entry(head));
        return node;
    }
}

package dev.turnasync.cli;

import dev.turnasync.ShardResults;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.QueueEntry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Entries as lines of a table, of one queue or of many shards.
 *
 * @param common where to
 */
record ListPage(CommonOptions common) {

    private static final int DESCRIPTION = 2;
    private static final List<String> HEADINGS =
            List.of("STATUS", "KEY", "DESCRIPTION", "SINCE", "TOOK", "ATTEMPTS", "PROGRESS", "REASON");

    /**
     * What is listed of a queue.
     *
     * @param queue its name
     * @param entries those to show
     * @param count how many there are
     */
    record Listed(String queue, List<QueueEntry> entries, Map<EntryStatus, Long> count) {}

    void print(Screen screen, Listed listed) {
        if (listed.count().isEmpty()) {
            screen.line("no entries in " + listed.queue() + "; was that the right --schema and --table?");
            return;
        }
        var now = common.surroundings().clock().instant();
        var table = new Table(DESCRIPTION, HEADINGS);
        listed.entries().forEach(entry -> table.add(cells(entry, now)));
        table.print(screen, common.columns());
        if (isCut(listed)) {
            screen.line(Span.faint("of " + counted(listed)));
        }
    }

    /** One line, for the table has the entries. */
    void printCount(Screen screen, Listed listed) {
        screen.line(
                listed.count().isEmpty()
                        ? "no entries in " + listed.queue()
                        : isCut(listed) ? counted(listed) : EntryTexts.count(listed.count()));
    }

    /** The entries of all shards that answered. */
    void printAll(ShardResults<Answer<Listed>> results) {
        var now = common.surroundings().clock().instant();
        var headings = new ArrayList<>(List.of("SHARD"));
        headings.addAll(HEADINGS);
        var table = new Table(DESCRIPTION + 1, headings);
        var rows = 0;
        for (var shard : results.values().entrySet()) {
            for (var entry : shard.getValue().value().entries()) {
                var cells = new ArrayList<>(List.of(Span.strong(shard.getKey())));
                cells.addAll(cells(entry, now));
                table.add(cells);
                rows++;
            }
        }
        if (rows > 0) {
            table.print(common.out(), common.columns());
            common.out().line("");
        }
    }

    private static boolean isCut(Listed listed) {
        return listed.entries().size() < EntryTexts.sum(listed.count());
    }

    private static String counted(Listed listed) {
        return EntryTexts.count(listed.count()) + "; --all shows them";
    }

    private static List<Span> cells(QueueEntry entry, Instant now) {
        var reason = entry.standing() == QueueEntry.Standing.APPLIED
                        || entry.status().isFinished()
                ? ""
                : entry.standing() + (entry.reason() == null ? "" : ": ");
        return List.of(
                Span.of(entry.status()),
                Span.strong(entry.key()),
                Span.plain(entry.identity().description()),
                Span.plain(EntryTexts.ago(entry.since(), now)),
                Span.plain(EntryTexts.took(entry, now)),
                Span.plain(EntryTexts.attempts(entry)),
                Span.plain(EntryTexts.progress(entry.progress())),
                Span.plain(reason + (entry.reason() == null ? EntryTexts.doing(entry) : entry.reason())));
    }
}

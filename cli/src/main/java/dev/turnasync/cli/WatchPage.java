package dev.turnasync.cli;

import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.cli.Span.Tone;
import java.util.List;

/**
 * Prints one look at the queue, no longer than the terminal.
 *
 * @param queue the queue's name
 * @param untilIdle whether the watching ends by itself
 */
record WatchPage(String queue, boolean untilIdle) {

    private static final int DESCRIPTION = 2;
    private static final int BAR = 20;

    /** Title, headings, how many more, the count, and the line that the cursor is on. */
    private static final int OTHER_LINES = 5;

    private static final List<String> HEADINGS =
            List.of("STATUS", "KEY", "DESCRIPTION", "TOOK", "PROGRESS", "RATE", "LEFT", "REASON");

    void print(Screen screen, QueueLook look, TerminalSize size) {
        screen.line(
                Span.strong(queue), Span.faint("  " + EntryTexts.time(look.at()) + (untilIdle ? "  until idle" : "")));
        var why = look.why();
        if (why != null && look.awaySince() != null) {
            screen.line(
                    new Span(Tone.BAD, "database away"),
                    Span.plain(" since " + EntryTexts.time(look.awaySince()) + ", trying again: " + why));
        }
        var room = size.rows() - OTHER_LINES - (why == null ? 0 : 1);
        var open = look.unfinished();
        var shown = open.subList(0, Math.max(0, Math.min(open.size(), room)));
        var done = look.justFinished();
        var few = done.subList(Math.max(0, done.size() - Math.max(0, room - shown.size())), done.size());
        if (!shown.isEmpty() || !few.isEmpty()) {
            var table = new Table(DESCRIPTION, HEADINGS);
            few.forEach(entry -> table.add(cells(entry, look)));
            shown.forEach(entry -> table.add(cells(entry, look)));
            table.print(screen, size.columns());
        }
        if (shown.size() < open.size()) {
            screen.line(Span.faint("and " + EntryTexts.number(open.size() - shown.size()) + " more"));
        }
        screen.line(Span.plain(EntryTexts.count(look.count())));
    }

    private static List<Span> cells(QueueEntry entry, QueueLook look) {
        var progress = entry.progress();
        var running = entry.status() == EntryStatus.RUNNING;
        var rate = progress.rate();
        return List.of(
                Span.of(entry.status()),
                Span.strong(entry.key()),
                Span.plain(entry.identity().description()),
                Span.plain(EntryTexts.took(entry, look.at())),
                Span.plain(entry.status().isFinished() ? "" : bar(progress)),
                Span.plain(!running || rate == null ? "" : EntryTexts.number(Math.round(rate)) + "/s"),
                Span.plain(running ? progress.remaining().map(Durations::text).orElse("") : ""),
                reason(entry));
    }

    private static String bar(QueueEntry.Progress progress) {
        var percent = progress.percent();
        if (percent.isEmpty()) {
            return progress.done() == null ? "" : EntryTexts.number(progress.done()) + " done";
        }
        var full = percent.getAsInt() * BAR / 100;
        return "[" + "#".repeat(full) + "-".repeat(BAR - full) + "] " + percent.getAsInt() + " %";
    }

    private static Span reason(QueueEntry entry) {
        var standing = entry.standing() == QueueEntry.Standing.APPLIED ? "" : entry.standing() + ": ";
        var text = entry.reason() == null ? EntryTexts.doing(entry) : entry.reason();
        return new Span(
                entry.progress().waiting() != null && entry.status() == EntryStatus.RUNNING ? Tone.WARNING : Tone.PLAIN,
                (entry.status().isFinished() ? "" : standing) + text);
    }
}

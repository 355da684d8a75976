package dev.turnasync.cli;

import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.QueueReport;
import dev.turnasync.api.QueueReport.Finding;
import dev.turnasync.api.QueueReport.Severity;
import dev.turnasync.cli.Span.Tone;
import java.util.Comparator;
import java.util.Map;

/**
 * Prints a report: problems first, each with its next step, and the counts at the end.
 *
 * @param screen where to
 * @param hints completes the next steps
 * @param queue the queue's name
 */
record ReportPage(Screen screen, Hints hints, String queue) {

    private static final int LABEL = 9;

    void print(QueueReport report, Map<EntryStatus, Long> count) {
        if (report.findings().isEmpty()) {
            printVerdict(report, count);
            printNotes(report);
            return;
        }
        report.findings().stream()
                .sorted(Comparator.comparing(Finding::severity))
                .forEach(this::print);
        printNotes(report);
        printVerdict(report, count);
    }

    /** The last line alone. */
    void printVerdict(QueueReport report, Map<EntryStatus, Long> count) {
        if (report.findings().isEmpty()) {
            screen.line(
                    new Span(Tone.GOOD, "healthy"),
                    Span.plain(": " + queue + ", " + EntryTexts.count(count)
                            + "; history, lease, sessions and indexes were checked"));
            return;
        }
        screen.line(
                report.isHealthy() ? new Span(Tone.GOOD, "healthy") : new Span(Tone.BAD, "not healthy"),
                Span.plain(": " + counts(report) + " in " + queue + ", " + EntryTexts.count(count)));
    }

    static long count(QueueReport report, Severity severity) {
        return report.findings().stream()
                .filter(finding -> finding.severity() == severity)
                .count();
    }

    private void print(Finding finding) {
        var tone = finding.severity() == Severity.PROBLEM ? Tone.BAD : Tone.WARNING;
        screen.line(
                new Span(tone, PlainText.pad(finding.severity().name(), LABEL)),
                Span.strong(finding.kind() + "  "),
                Span.plain(finding.message()));
        screen.line(Span.faint(PlainText.pad("  next", LABEL)), Span.plain(hints.nextStep(finding)));
    }

    private static String counts(QueueReport report) {
        return EntryTexts.plural(count(report, Severity.PROBLEM), "problem", "problems") + ", "
                + EntryTexts.plural(count(report, Severity.NOTICE), "notice", "notices");
    }

    private void printNotes(QueueReport report) {
        report.notes().forEach(note -> screen.line(Span.faint(PlainText.pad("note", LABEL) + note)));
    }
}

package dev.turnasync.cli;

import dev.turnasync.api.Attempt;
import dev.turnasync.api.OperatorAction;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.cli.Span.Tone;
import java.time.Instant;
import java.util.List;

/** Prints all there is to know about one entry. */
final class EntryPage {

    private static final int LABEL = 14;
    private static final String INDENT = "    ";

    private final Screen screen;
    private final Instant now;
    private final boolean stackTraces;

    EntryPage(Screen screen, Instant now, boolean stackTraces) {
        this.screen = screen;
        this.now = now;
        this.stackTraces = stackTraces;
    }

    void print(EntryDetails details) {
        var entry = details.entry();
        var identity = entry.identity();
        screen.line(Span.strong(entry.label()));
        row("status", Span.of(entry.status()), Span.plain(since(entry)));
        row("reason", EntryTexts.orNothing(entry.reason()));
        row("history", history(entry));
        row("key", entry.key());
        row("class", identity.script() + " (when queued)");
        row("checksum", EntryTexts.orNothing(identity.checksum()));
        row(
                "queued",
                EntryTexts.time(identity.queuedAt())
                        + (identity.generation() > 1 ? ", generation " + identity.generation() : ""));
        row("attempts", tries(entry));
        row("next attempt", EntryTexts.time(entry.tries().nextAttemptAt()));
        row("progress", progress(entry.progress()));
        var doing = EntryTexts.doing(entry);
        if (!doing.isEmpty()) {
            row("doing", doing);
        }
        row("run", run(entry));
        if (entry.tries().window() != null) {
            row("window", entry.tries().window());
        }
        details.requests().forEach(this::print);
        details.attempts().forEach(this::print);
        print(details.actions());
    }

    private void print(QueueEntry.Request request) {
        row(
                "asked",
                new Span(Tone.WARNING, request.what()),
                Span.plain(" since " + EntryTexts.time(request.since())
                        + (request.until() == null ? "" : " until " + EntryTexts.time(request.until())) + ": "
                        + request.reason()));
    }

    private void print(List<OperatorAction> actions) {
        if (actions.isEmpty()) {
            return;
        }
        screen.line("");
        screen.line(Span.strong("what people did"));
        for (var action : actions) {
            row(
                    action.action(),
                    EntryTexts.time(action.at()) + " by " + action.actor() + ", " + AuditCommand.change(action) + ": "
                            + action.reason());
        }
    }

    private void print(Attempt attempt) {
        screen.line("");
        screen.line(
                Span.strong("attempt " + attempt.number() + "  "),
                new Span(tone(attempt.outcome()), attempt.outcome().name()),
                Span.plain(attempt.duration()
                        .map(took -> " after " + Durations.text(took))
                        .orElse("")));
        row("started", EntryTexts.time(attempt.startedAt()) + " by " + attempt.worker());
        row("finished", EntryTexts.time(attempt.finishedAt()));
        if (attempt.warning() != null) {
            row("warning", new Span(Tone.WARNING, attempt.warning()));
        }
        var failure = attempt.failure();
        if (failure != null) {
            row("error", failure.className());
            row("SQLSTATE", EntryTexts.orNothing(failure.sqlState()));
            screen.block(label("message"), label(""), failure.message());
            if (stackTraces) {
                screen.line("  stack trace");
                screen.block(INDENT, failure.stackTrace());
            }
        }
    }

    private String since(QueueEntry entry) {
        return " since " + EntryTexts.time(entry.since()) + ", " + EntryTexts.ago(entry.since(), now);
    }

    private static String history(QueueEntry entry) {
        return entry.standing() + (entry.installedRank() == null ? "" : ", installed rank " + entry.installedRank());
    }

    private static String tries(QueueEntry entry) {
        var tries = entry.tries();
        var most = tries.maxAttempts();
        return EntryTexts.attempts(entry) + "; limit: " + (most == null ? "the worker's policy" : most)
                + (tries.workerDeaths() == 0
                        ? ""
                        : ", " + EntryTexts.plural(tries.workerDeaths(), "worker", "workers") + " disappeared");
    }

    private static String progress(QueueEntry.Progress progress) {
        var done = progress.done();
        if (done == null) {
            return EntryTexts.NOTHING;
        }
        var total = progress.total();
        var percent = progress.percent();
        return EntryTexts.number(done)
                + (total == null ? " done" : " of " + EntryTexts.number(total))
                + (percent.isEmpty() ? "" : " (" + percent.getAsInt() + " %)")
                + (progress.rate() == null ? "" : ", " + EntryTexts.number(Math.round(progress.rate())) + " a second")
                + progress.remaining()
                        .map(left -> ", " + Durations.text(left) + " left")
                        .orElse("");
    }

    private String run(QueueEntry entry) {
        var run = entry.run();
        if (run == null) {
            return EntryTexts.NOTHING;
        }
        var took = EntryTexts.took(entry, now);
        return "attempt " + run.attempt() + ", started " + EntryTexts.time(run.startedAt())
                + (run.finishedAt() == null ? "" : ", finished " + EntryTexts.time(run.finishedAt()))
                + (run.worker() == null ? "" : ", worker " + run.worker() + ", token " + run.token())
                + (took.equals(EntryTexts.NOTHING) ? "" : ", took " + took);
    }

    private static Tone tone(Attempt.Outcome outcome) {
        return switch (outcome) {
            case RUNNING -> Tone.ACTIVE;
            case SUCCEEDED -> Tone.GOOD;
            case FAILED -> Tone.BAD;
            case HANDED_BACK, LOST -> Tone.WARNING;
        };
    }

    private void row(String label, String text) {
        row(label, Span.plain(text));
    }

    private void row(String label, Span... spans) {
        var all = new Span[spans.length + 1];
        all[0] = Span.faint(label(label));
        System.arraycopy(spans, 0, all, 1, spans.length);
        screen.line(all);
    }

    private static String label(String label) {
        return "  " + PlainText.pad(label, LABEL);
    }
}

package dev.turnasync.cli;

import dev.turnasync.api.MigrationListener;
import dev.turnasync.cli.Span.Tone;

/**
 * Tells what a drain does while it does it. Called on the worker's thread.
 *
 * @param screen where to
 * @param shard stands before each line; empty for the only queue
 */
record DrainNarrator(Screen screen, String shard) implements MigrationListener {

    private static final String INDENT = "    ";

    @Override
    public void on(Event event) {
        if (event instanceof Event.Started started) {
            tell(event, Tone.ACTIVE, "started", ", attempt " + started.attempt());
        } else if (event instanceof Event.Progressed progressed) {
            tell(event, Tone.FAINT, EntryTexts.progress(progressed.progress()), "");
        } else if (event instanceof Event.Logged logged) {
            tell(event, Tone.FAINT, logged.line(), "");
        } else if (event instanceof Event.Succeeded succeeded) {
            tell(event, Tone.GOOD, "succeeded", " in " + Durations.text(succeeded.took()));
        } else if (event instanceof Event.Warned warned) {
            tell(event, Tone.WARNING, "warning", ": " + warned.warning());
        } else if (event instanceof Event.AttemptFailed failed) {
            tell(
                    event,
                    Tone.WARNING,
                    "attempt " + failed.attempt() + " failed",
                    "; the next one is due in " + Durations.text(failed.delay()));
            screen.block(shard + INDENT, failed.failure().toString());
        } else if (event instanceof Event.Failed failed) {
            tell(event, Tone.BAD, "failed", ": " + failed.reason());
            screen.block(shard + INDENT, failed.failure().toString());
        } else if (event instanceof Event.HandedBack) {
            tell(event, Tone.WARNING, "handed back", "; no attempt is counted");
        } else if (event instanceof Event.Waiting waiting) {
            tell(event, Tone.FAINT, "waiting", ": " + DrainPage.why(waiting.why(), waiting.entry()));
        } else if (event instanceof Event.LeaseLost) {
            tell(event, Tone.BAD, "lease lost", ": another worker took over; what was not committed is void");
        }
    }

    private void tell(Event event, Tone tone, String what, String more) {
        screen.line(
                Span.strong(shard),
                Span.strong(event.entry().label()),
                Span.plain(": "),
                new Span(tone, what),
                Span.plain(more));
    }
}

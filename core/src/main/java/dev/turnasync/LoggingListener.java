package dev.turnasync;

import dev.turnasync.api.MigrationListener;
import dev.turnasync.jdbc.CleanText;
import dev.turnasync.jdbc.ErrorReports;
import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/** Logs what a worker does, for operators. The listener that is always there; its logger is
 * {@code dev.turnasync.events}. */
final class LoggingListener implements MigrationListener {

    private static final System.Logger LOG = System.getLogger("dev.turnasync.events");

    private final String prefix;

    LoggingListener(@Nullable String shard) {
        this.prefix = shard == null ? "" : shard + "/";
    }

    @Override
    public void on(Event event) {
        var label = prefix + event.entry().label();
        if (event instanceof Event.Started e) {
            LOG.log(Level.INFO, label + ": attempt " + e.attempt() + " started by " + CleanText.line(e.worker()));
        } else if (event instanceof Event.Logged e) {
            LOG.log(Level.INFO, label + ": " + CleanText.line(e.line()));
        } else if (event instanceof Event.Succeeded e) {
            LOG.log(Level.INFO, label + ": succeeded in " + e.took().toMillis() + " ms");
        } else if (event instanceof Event.Warned e) {
            var warning = CleanText.line(e.warning());
            LOG.log(Level.WARNING, prefix.isEmpty() ? warning : label + ": " + warning);
        } else if (event instanceof Event.AttemptFailed e) {
            failed(
                    Level.WARNING,
                    label + ": attempt " + e.attempt() + " failed; next in "
                            + e.delay().toMillis() + " ms",
                    e.failure());
        } else if (event instanceof Event.Failed e) {
            failed(Level.ERROR, label + ": FAILED and blocks the queue: " + CleanText.line(e.reason()), e.failure());
        } else if (event instanceof Event.HandedBack) {
            LOG.log(Level.INFO, label + ": given back: the worker stops, or the entry was paused or cancelled");
        } else if (event instanceof Event.Waiting e) {
            LOG.log(Level.INFO, label + ": the drain waits: " + e.why());
        } else if (event instanceof Event.LeaseLost) {
            LOG.log(Level.WARNING, label + ": the lease was lost; whatever was not committed is void");
        }
    }

    /** An error of any size must not fill the log. */
    private static void failed(Level level, String text, Throwable failure) {
        var cleaned = ErrorReports.cleaned(failure);
        if (cleaned.isEmpty()) {
            LOG.log(level, text, failure);
        } else {
            LOG.log(level, text + "\n" + cleaned.get());
        }
    }
}

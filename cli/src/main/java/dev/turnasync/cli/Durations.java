package dev.turnasync.cli;

import java.time.Duration;
import java.util.Locale;

/** Writes durations for people, in two units at most. */
final class Durations {

    private Durations() {}

    static String text(Duration duration) {
        var span = duration.isNegative() ? Duration.ZERO : duration;
        if (span.toMillis() < 1000) {
            return span.toMillis() + " ms";
        }
        if (span.toSeconds() < 60) {
            return String.format(Locale.ROOT, "%d.%d s", span.toSeconds(), span.toMillisPart() / 100);
        }
        if (span.toHours() < 1) {
            return String.format(Locale.ROOT, "%dm %02ds", span.toMinutes(), span.toSecondsPart());
        }
        if (span.toDays() < 1) {
            return String.format(Locale.ROOT, "%dh %02dm", span.toHours(), span.toMinutesPart());
        }
        return String.format(Locale.ROOT, "%dd %02dh", span.toDays(), span.toHoursPart());
    }
}

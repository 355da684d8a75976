package dev.turnasync.cli;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Writes durations for people, in two units at most, and reads theirs. */
final class Durations {

    private static final Duration LONGEST = Duration.ofDays(365);
    private static final List<Duration> UNITS = List.of(
            Duration.ofDays(1),
            Duration.ofHours(1),
            Duration.ofMinutes(1),
            Duration.ofSeconds(1),
            Duration.ofMillis(1));
    private static final Pattern PARTS =
            Pattern.compile("(?:0|(?:(\\d{1,6})d)?(?:(\\d{1,6})h)?(?:(\\d{1,6})m)?(?:(\\d{1,6})s)?(?:(\\d{1,6})ms)?)");

    private Durations() {}

    /**
     * Reads a duration that a person wrote, such as {@code 90s} or {@code 1h30m}; 0 needs no unit.
     *
     * @throws CliException if it is none, is negative, or is longer than a year
     */
    static Duration parse(String option, String text) {
        var parts = PARTS.matcher(text.strip().toLowerCase(Locale.ROOT));
        if (text.isBlank() || !parts.matches()) {
            throw CliException.usage(option + " must be a time such as 30s, 10m, 2h or 1h30m, or 0: " + text);
        }
        var total = Duration.ZERO;
        for (var i = 0; i < UNITS.size(); i++) {
            var number = parts.group(i + 1);
            if (number != null) {
                total = total.plus(UNITS.get(i).multipliedBy(Long.parseLong(number)));
            }
        }
        if (total.compareTo(LONGEST) > 0) {
            throw CliException.usage(option + " must be at most " + LONGEST.toDays() + "d: " + text);
        }
        return total;
    }

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

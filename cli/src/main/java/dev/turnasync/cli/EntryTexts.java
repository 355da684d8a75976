package dev.turnasync.cli;

import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.QueueEntry;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Says things about entries in few words. */
final class EntryTexts {

    static final String NOTHING = "-";

    private EntryTexts() {}

    static String time(@Nullable Instant instant) {
        return instant == null
                ? NOTHING
                : instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    static String ago(Instant then, Instant now) {
        return Durations.text(Duration.between(then, now)) + " ago";
    }

    /** How long the current or last run took; nothing for a run that was neither finished nor goes on. */
    static String took(QueueEntry entry, Instant now) {
        var run = entry.run();
        if (run == null) {
            return NOTHING;
        }
        var finished = run.finishedAt();
        if (finished != null) {
            return Durations.text(Duration.between(run.startedAt(), finished));
        }
        return entry.status() == EntryStatus.RUNNING ? Durations.text(Duration.between(run.startedAt(), now)) : NOTHING;
    }

    static String attempts(QueueEntry entry) {
        var run = entry.run();
        var made = run == null ? 0 : run.attempt();
        var failed = entry.tries().failed();
        return failed == 0 ? String.valueOf(made) : made + " (" + failed + " failed)";
    }

    static String progress(QueueEntry.Progress progress) {
        var done = progress.done();
        if (done == null) {
            return NOTHING;
        }
        var percent = progress.percent();
        return percent.isEmpty()
                ? number(done) + " done"
                : percent.getAsInt() + " % of " + number(Objects.requireNonNull(progress.total())) + left(progress);
    }

    private static String left(QueueEntry.Progress progress) {
        return progress.remaining().isPresent() && progress.waiting() == null
                ? ", " + Durations.text(progress.remaining().get()) + " left"
                : "";
    }

    /** What a running entry does and waits for; empty when it does not say. */
    static String doing(QueueEntry entry) {
        if (entry.status() != EntryStatus.RUNNING) {
            return "";
        }
        var progress = entry.progress();
        var phase = progress.phase() == null ? "" : progress.phase();
        var waiting = progress.waiting();
        if (waiting == null) {
            return phase;
        }
        return (phase.isEmpty() ? "" : phase + "; ") + "waits since " + time(waiting.since()) + ": " + waiting.reason();
    }

    static String number(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    static String orNothing(@Nullable Object value) {
        return value == null ? NOTHING : value.toString();
    }

    /** Counts entries, such as {@code 3 entries: 1 QUEUED, 2 SUCCEEDED}. */
    static String count(Map<EntryStatus, Long> perStatus) {
        if (perStatus.isEmpty()) {
            return "no entries";
        }
        return plural(sum(perStatus), "entry", "entries")
                + new TreeMap<>(perStatus)
                        .entrySet().stream()
                                .map(count -> count.getValue() + " " + count.getKey())
                                .collect(Collectors.joining(", ", ": ", ""));
    }

    static long sum(Map<EntryStatus, Long> perStatus) {
        return perStatus.values().stream().mapToLong(Long::longValue).sum();
    }

    static String plural(long count, String one, String many) {
        return count + " " + (count == 1 ? one : many);
    }
}

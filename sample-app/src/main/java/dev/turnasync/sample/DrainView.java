package dev.turnasync.sample;

import dev.turnasync.api.Attempt;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.MigrationQueue;
import dev.turnasync.api.QueueEntry;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Watches a queue from outside, as an operator would, and prints what happens to its entries. */
final class DrainView {

    private static final Duration LOOK_EVERY = Duration.ofMillis(200);
    private static final String ROW = "  %-30s%s";
    private static final Set<EntryStatus> TOLD =
            EnumSet.of(EntryStatus.SUCCEEDED, EntryStatus.RETRYABLE, EntryStatus.FAILED);

    private final Screen screen;
    private final MigrationQueue queue;
    private final Map<Long, Instant> told = new HashMap<>();

    DrainView(Screen screen, MigrationQueue queue) {
        this.screen = screen;
        this.queue = queue;
    }

    /** Returns when all entries are done with, or one that failed blocks the others. */
    void follow(Background background) throws InterruptedException {
        var start = System.nanoTime();
        for (var entries = queue.list(); ; entries = queue.list()) {
            entries.forEach(this::tell);
            var head = entries.stream()
                    .filter(entry -> !entry.status().isFinished())
                    .findFirst();
            if (head.isEmpty() || head.get().status() == EntryStatus.FAILED) {
                var took = Screen.seconds(Duration.ofNanos(System.nanoTime() - start));
                screen.line("  "
                        + head.map(entry -> "the queue is blocked after ").orElse("the queue is empty after ") + took);
                return;
            }
            screen.status(ROW, head.get().label(), now(head.get()));
            background.look(entries);
            Thread.sleep(LOOK_EVERY.toMillis());
        }
    }

    private void tell(QueueEntry entry) {
        if (!TOLD.contains(entry.status()) || entry.since().equals(told.put(entry.id(), entry.since()))) {
            return;
        }
        var attempts = queue.attempts(entry);
        var last = attempts.get(attempts.size() - 1);
        screen.line(ROW, entry.label(), outcome(entry, last));
        if (last.failure() != null) {
            screen.line("      %s", firstLine(last.failure()));
        }
    }

    private static String outcome(QueueEntry entry, Attempt last) {
        var took = last.duration().map(Screen::seconds).orElse("?");
        return switch (entry.status()) {
            case SUCCEEDED ->
                "@|green succeeded|@ in " + took + (last.number() == 1 ? "" : ", attempt " + last.number())
                        + (last.worker().startsWith("node-") ? ", on " + last.worker() : "");
            case FAILED -> "@|bold,red FAILED|@ after " + took + ":";
            default -> "@|yellow attempt " + last.number() + " failed|@ after " + took + ", will be repeated:";
        };
    }

    private static String firstLine(Attempt.Failure failure) {
        var message = failure.message().lines().findFirst().orElse("");
        return message + (failure.sqlState() == null ? "" : " (SQLSTATE " + failure.sqlState() + ")");
    }

    private static String now(QueueEntry entry) {
        var progress = entry.progress();
        var percent = progress.percent();
        if (entry.status() != EntryStatus.RUNNING || percent.isEmpty()) {
            return entry.status() + " ...";
        }
        return Screen.bar(percent.getAsInt())
                + String.format(Locale.ROOT, " %3d %% of %,d", percent.getAsInt(), progress.total());
    }
}

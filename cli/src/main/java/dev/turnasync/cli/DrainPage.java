package dev.turnasync.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.turnasync.api.DrainResult;
import dev.turnasync.api.DrainResult.StopReason;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.QueueEntry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Says what a drain did and why it ended.
 *
 * @param screen where to
 * @param hints writes the commands that come next
 * @param patience how long the drain was to wait for what passes by itself
 */
record DrainPage(Screen screen, Hints hints, Duration patience) {

    void print(DrainResult result) {
        var done = new ArrayList<String>();
        add(done, result.succeeded(), "succeeded");
        add(done, result.retryable(), "failed and will be repeated");
        add(done, result.failed(), "failed for good");
        add(done, result.handedBack(), "handed back");
        screen.line(
                Span.strong(done.isEmpty() ? "nothing was run" : String.join(", ", done)),
                Span.plain((isPatient(result) ? "; ended after waiting " + Durations.text(patience) : "; ended")
                        + " because " + why(result.why(), result.head())));
        var next = next(result);
        if (next != null) {
            screen.line(Span.faint("  next  "), Span.plain(next));
        }
    }

    /** Whether it waited as long as it was allowed to. */
    private boolean isPatient(DrainResult result) {
        return !patience.isZero()
                && (result.why() == StopReason.LEASE_HELD || result.why() == StopReason.PREVIOUS_RUN_ALIVE);
    }

    private @Nullable String next(DrainResult result) {
        return switch (result.why()) {
            case BLOCKED -> result.headEntry().map(head -> next(head.key())).orElse(null);
            case PAUSED ->
                result.headEntry()
                        .map(head -> "`" + hints.command("resume", head.key(), "--reason", "…") + "` lets it go on")
                        .orElse(null);
            case LEASE_HELD, PREVIOUS_RUN_ALIVE, LEASE_LOST, NOT_DUE ->
                patience.isZero() ? "`" + hints.command("drain", "--wait", "10m") + "` waits for it" : null;
            case HUNG -> "start this command again: a process of its own is not kept by that migration's thread";
            case EMPTY, DONE, CLASS_MISSING, STOPPED -> null;
        };
    }

    private static void add(List<String> done, int count, String what) {
        if (count > 0) {
            done.add(count + " " + what);
        }
    }

    /** Why a drain ended, or would. */
    static String why(StopReason why, @Nullable QueueEntry head) {
        return switch (why) {
            case EMPTY -> "no entry is left";
            case DONE -> "--max is reached";
            case BLOCKED -> name(head) + " failed and holds back every entry after it";
            case PAUSED -> name(head) + " is paused and holds back every entry after it" + reason(head);
            case NOT_DUE -> name(head) + " waits for its " + due(head);
            case CLASS_MISSING -> "no --jar has the class of " + name(head) + script(head);
            case LEASE_HELD -> "another worker holds the lease of this queue" + running(head);
            case PREVIOUS_RUN_ALIVE ->
                "a dead worker's database session is still busy with the head; it must end first";
            case LEASE_LOST -> "another worker took the lease over; what was not committed is void";
            case HUNG -> "a migration did not return after its session was ended; this process runs nothing more";
            case STOPPED -> "this worker was asked to stop";
        };
    }

    private String next(String key) {
        return "`" + hints.command("show", key) + "` tells the error; then `" + hints.command("retry", key) + "` or `"
                + hints.command("skip", key, "--reason", "…") + "`";
    }

    private static String running(@Nullable QueueEntry head) {
        var run = head == null || head.status() != EntryStatus.RUNNING ? null : head.run();
        return head == null || run == null ? "" : "; " + head.label() + " is RUNNING on " + run.worker();
    }

    private static String name(@Nullable QueueEntry head) {
        return head == null ? "the head" : head.label();
    }

    private static String reason(@Nullable QueueEntry head) {
        return head == null || head.reason() == null ? "" : ": " + head.reason();
    }

    private static String due(@Nullable QueueEntry head) {
        var next = head == null ? null : head.tries().nextAttemptAt();
        var window = head == null ? null : head.tries().window();
        if (next == null) {
            return window == null ? "next attempt" : "window " + window;
        }
        return "next attempt, due at " + EntryTexts.time(next) + (window == null ? "" : ", and its window " + window);
    }

    private static String script(@Nullable QueueEntry head) {
        return head == null
                ? ""
                : "; when it was queued that was " + head.identity().script();
    }

    static ObjectNode json(String queue, DrainResult result) {
        var node = Json.object()
                .put("queue", queue)
                .put("succeeded", result.succeeded())
                .put("retryable", result.retryable())
                .put("failed", result.failed())
                .put("handedBack", result.handedBack())
                .put("stopReason", result.why().name());
        node.set("head", result.headEntry().map(EntryJson::entry).orElse(null));
        var failure = result.failure();
        if (failure == null) {
            node.putNull("failure");
        } else {
            node.putObject("failure")
                    .put("className", failure.getClass().getName())
                    .put("message", failure.getMessage());
        }
        return node;
    }
}

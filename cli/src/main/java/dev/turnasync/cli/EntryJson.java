package dev.turnasync.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.turnasync.api.Attempt;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.OperatorAction;
import dev.turnasync.api.QueueEntry;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Entries and attempts for machines. Field names are stable; an unknown value is null, never left out. */
final class EntryJson {

    private EntryJson() {}

    static ObjectNode list(String queue, List<QueueEntry> entries) {
        var node = Json.object().put("queue", queue);
        ArrayNode array = node.putArray("entries");
        entries.forEach(entry -> array.add(entry(entry)));
        return node;
    }

    static ObjectNode list(String queue, List<QueueEntry> entries, Map<EntryStatus, Long> count) {
        var node = list(queue, entries);
        var counts = node.putObject("count");
        count.forEach((status, number) -> counts.put(status.name(), number));
        return node;
    }

    static ObjectNode one(String queue, QueueEntry entry) {
        var node = Json.object().put("queue", queue);
        node.set("entry", entry(entry));
        return node;
    }

    static ObjectNode details(String queue, QueueEntry entry, List<Attempt> attempts) {
        var node = one(queue, entry);
        var array = node.putArray("attempts");
        attempts.forEach(attempt -> array.add(attempt(attempt)));
        return node;
    }

    static void addActions(ObjectNode node, List<OperatorAction> actions) {
        var array = node.putArray("actions");
        for (var action : actions) {
            var child = array.addObject();
            Json.put(child, "at", action.at());
            child.put("key", action.key())
                    .put("label", action.label())
                    .put("action", action.action())
                    .put("actor", action.actor())
                    .put("reason", action.reason())
                    .put("from", action.from() == null ? null : action.from().name())
                    .put("to", action.to().name());
        }
    }

    static void addRequests(ObjectNode node, List<QueueEntry.Request> requests) {
        var array = node.putArray("requests");
        for (var request : requests) {
            var child = array.addObject().put("what", request.what()).put("reason", request.reason());
            Json.put(child, "since", request.since());
            Json.put(child, "until", request.until());
        }
    }

    static ObjectNode entry(QueueEntry entry) {
        var identity = entry.identity();
        var node = Json.object()
                .put("key", identity.key())
                .put("version", identity.version())
                .put("description", identity.description())
                .put("label", identity.label())
                .put("status", entry.status().name())
                .put("reason", entry.reason());
        Json.put(node, "since", entry.since());
        node.put("standing", entry.standing().name())
                .put("installedRank", entry.installedRank())
                .put("script", identity.script())
                .put("checksum", identity.checksum())
                .put("generation", identity.generation())
                .put("direction", identity.direction().name());
        Json.put(node, "queuedAt", identity.queuedAt());
        var tries = entry.tries();
        node.put("failedAttempts", tries.failed())
                .put("maxAttempts", tries.maxAttempts())
                .put("workerDeaths", tries.workerDeaths());
        Json.put(node, "nextAttemptAt", tries.nextAttemptAt());
        node.put("window", tries.window());
        addRun(node, entry);
        addProgress(node, entry.progress());
        return node;
    }

    private static void addRun(ObjectNode node, QueueEntry entry) {
        var run = entry.run();
        if (run == null) {
            node.putNull("run");
            return;
        }
        var child = node.putObject("run")
                .put("attempt", run.attempt())
                .put("worker", run.worker())
                .put("token", run.token());
        Json.put(child, "startedAt", run.startedAt());
        Json.put(child, "finishedAt", run.finishedAt());
    }

    private static void addProgress(ObjectNode node, QueueEntry.Progress progress) {
        var percent = progress.percent();
        var child = node.putObject("progress")
                .put("done", progress.done())
                .put("total", progress.total())
                .put("percent", percent.isPresent() ? Integer.valueOf(percent.getAsInt()) : null)
                .put("rate", progress.rate())
                .put(
                        "remainingSeconds",
                        progress.remaining().map(Duration::toSeconds).orElse(null))
                .put("phase", progress.phase());
        var waiting = progress.waiting();
        if (waiting == null) {
            child.putNull("waiting");
        } else {
            var why = child.putObject("waiting")
                    .put("reason", waiting.reason())
                    .put("utilisation", waiting.utilisation());
            Json.put(why, "since", waiting.since());
        }
    }

    private static ObjectNode attempt(Attempt attempt) {
        var node = Json.object()
                .put("number", attempt.number())
                .put("outcome", attempt.outcome().name())
                .put("worker", attempt.worker())
                .put("token", attempt.token());
        Json.put(node, "startedAt", attempt.startedAt());
        Json.put(node, "finishedAt", attempt.finishedAt());
        node.put("durationMillis", attempt.duration().map(Duration::toMillis).orElse(null))
                .put("warning", attempt.warning());
        var failure = attempt.failure();
        if (failure == null) {
            node.putNull("failure");
        } else {
            node.putObject("failure")
                    .put("className", failure.className())
                    .put("message", failure.message())
                    .put("sqlState", failure.sqlState())
                    .put("stackTrace", failure.stackTrace());
        }
        return node;
    }
}

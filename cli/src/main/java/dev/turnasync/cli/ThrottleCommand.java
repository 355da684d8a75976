package dev.turnasync.cli;

import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.QueueEntry;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code turnasync throttle}: hold the batches of an entry for a time. */
@Command(
        name = "throttle",
        description = {
            "Holds the batches of an entry for a time, now or when it runs. It stays RUNNING and keeps its place.",
            "A running one waits from its next batch on. The last word counts; 0 ends it."
        },
        footer = {
            "",
            "Examples:",
            "  turnasync throttle 7 --for 10m --reason 'nightly report'",
            "  turnasync throttle 7 --for 1h30m --reason 'backup'",
            "  turnasync throttle 7 --for 0 --reason 'report is done'",
            "",
            "JSON: queue, dryRun, entry {as in list}, note."
        })
final class ThrottleCommand implements Callable<Integer> {

    @Option(
            names = "--for",
            required = true,
            paramLabel = "TIME",
            description = "How long from now on, such as 30s, 10m, 2h or 1h30m, at most 365d; 0 ends the throttle.")
    String time = "";

    @Mixin
    private final ReasonOption reason = new ReasonOption();

    @Mixin
    private final OperatorOptions operator;

    ThrottleCommand(Surroundings surroundings) {
        this.operator = new OperatorOptions(surroundings);
    }

    @Override
    public Integer call() {
        var why = reason.text();
        var span = Durations.parse("--for", time);
        return operator.ask(
                (queue, key) -> queue.throttle(key, span, operator.actor, why),
                (entry, hints) -> next(entry, span, hints));
    }

    private static String next(QueueEntry entry, Duration span, Hints hints) {
        if (span.isZero()) {
            return "nothing to do: no throttle of an operator holds it any more";
        }
        var end = "; `" + hints.command("throttle", entry.key(), "--for", "0", "--reason", "…") + "` ends that";
        return (entry.status() == EntryStatus.RUNNING
                        ? "from its next batch on it waits"
                        : "its batches wait, if it runs by then,")
                + " until " + Durations.text(span) + " from now" + end;
    }
}

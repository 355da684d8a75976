package dev.turnasync.cli;

import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.QueueEntry;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code turnasync pause}: hold an entry back. */
@Command(
        name = "pause",
        description = {
            "Holds an entry back, and with it those after it, until resume.",
            "A running one ends after its present batch; one that works in a single transaction comes to its end."
        },
        footer = {
            "",
            "Examples:",
            "  turnasync pause 7 --reason 'sale until Sunday'",
            "  turnasync pause 7 --shards shards.properties --all-shards --reason 'sale until Sunday'",
            "  turnasync resume 7 --reason 'sale is over'",
            "",
            "JSON: queue, dryRun, entry {as in list}, note."
        })
final class PauseCommand implements Callable<Integer> {

    @Mixin
    private final ReasonOption reason = new ReasonOption();

    @Mixin
    private final OperatorOptions operator;

    PauseCommand(Surroundings surroundings) {
        this.operator = new OperatorOptions(surroundings);
    }

    @Override
    public Integer call() {
        var why = reason.text();
        return operator.ask((queue, key) -> queue.pause(key, operator.actor, why), PauseCommand::next);
    }

    private static String next(QueueEntry entry, Hints hints) {
        var resume = "`" + hints.command("resume", entry.key(), "--reason", "…") + "` lets it go on";
        return entry.status() == EntryStatus.RUNNING
                ? "it was asked to pause: it ends after its present batch, or comes to its end when it works in one"
                        + " transaction; " + resume
                : resume;
    }
}

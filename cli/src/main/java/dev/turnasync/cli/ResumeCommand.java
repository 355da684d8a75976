package dev.turnasync.cli;

import dev.turnasync.api.QueueEntry;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code turnasync resume}: let a paused entry go on. */
@Command(
        name = "resume",
        description = {
            "Lets a paused entry go on from where it was. One that was FAILED is FAILED again.",
            "A running one that was asked to pause and has not obeyed yet goes on."
        },
        footer = {
            "",
            "Examples:",
            "  turnasync resume 7 --reason 'sale is over'",
            "  turnasync resume 7 --shards shards.properties --all-shards --reason 'sale is over'",
            "",
            "JSON: queue, dryRun, entry {as in list}, note."
        })
final class ResumeCommand implements Callable<Integer> {

    @Mixin
    private final ReasonOption reason = new ReasonOption();

    @Mixin
    private final OperatorOptions operator;

    ResumeCommand(Surroundings surroundings) {
        this.operator = new OperatorOptions(surroundings);
    }

    @Override
    public Integer call() {
        var why = reason.text();
        return operator.ask((queue, key) -> queue.resume(key, operator.actor, why), ResumeCommand::next);
    }

    private static String next(QueueEntry entry, Hints hints) {
        return switch (entry.status()) {
            case FAILED ->
                "it had failed before it was paused; `" + hints.command("retry", entry.key()) + "` queues it again";
            case RUNNING -> "nothing to do: it goes on";
            default -> "nothing to do: a worker takes it when it is due";
        };
    }
}

package dev.turnasync.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code turnasync mark-applied}: declare that an entry's effects are in the database. */
@Command(
        name = "mark-applied",
        description = {
            "Declares that the effects of an entry are in the database already, so that it SUCCEEDED without a run.",
            "With --jar also for a migration that is applied but was never queued. For one whose effects nobody needs, use skip."
        },
        footer = {
            "",
            "Examples:",
            "  turnasync mark-applied 7 --reason 'filled by hand, see ticket 4711'",
            "  turnasync mark-applied 7 --reason 'ran inline' --jar app.jar --dry-run",
            "  turnasync mark-applied eu-1/7 --shards shards.properties --reason 'filled by hand'",
            "",
            "JSON: queue, dryRun, entry {as in list}."
        })
final class MarkAppliedCommand implements Callable<Integer> {

    @Mixin
    private final ReasonOption reason = new ReasonOption();

    @Mixin
    private final OperatorOptions operator;

    @Mixin
    private final ClassOptions classes = new ClassOptions();

    MarkAppliedCommand(Surroundings surroundings) {
        this.operator = new OperatorOptions(surroundings);
    }

    @Override
    public Integer call() {
        var why = reason.text();
        return operator.change(classes, (queue, key) -> queue.markApplied(key, operator.actor, why));
    }
}

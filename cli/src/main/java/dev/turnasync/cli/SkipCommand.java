package dev.turnasync.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code turnasync skip}: declare an entry not needed. */
@Command(
        name = "skip",
        description = {
            "Declares an entry not needed, so that those after it may run. This cannot be taken back.",
            "With --jar also for a migration that is applied but was never queued."
        },
        footer = {
            "",
            "Examples:",
            "  turnasync skip 7 --reason 'done by hand, see ticket 4711'",
            "  turnasync skip 'eu-*/7' --shards shards.properties --reason 'not needed in Europe'",
            "",
            "JSON: queue, dryRun, entry {as in list}."
        })
final class SkipCommand implements Callable<Integer> {

    @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "Why; recorded with the change.")
    String reason = "";

    @Mixin
    private final OperatorOptions operator;

    @Mixin
    private final ClassOptions classes = new ClassOptions();

    SkipCommand(Surroundings surroundings) {
        this.operator = new OperatorOptions(surroundings);
    }

    @Override
    public Integer call() {
        if (reason.isBlank()) {
            throw CliException.usage("--reason must not be blank");
        }
        return operator.change(classes, (queue, key) -> queue.skip(key, operator.actor, reason));
    }
}

package dev.turnasync.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code turnasync retry}: queue a failed entry again. */
@Command(
        name = "retry",
        description = {
            "Queues a FAILED or RETRYABLE entry again, with all its attempts; checkpoints are kept. One that is UNDONE gets a"
                    + " new entry.",
            "With --jar also makes the entry of a migration that is applied but was never queued. A worker runs it;"
                    + " drain does it now."
        },
        footer = {
            "",
            "Examples:",
            "  turnasync retry 7",
            "  turnasync retry 7 --reason 'index on users.email is there now' --actor alice",
            "  turnasync retry eu-1/7 --shards shards.properties",
            "",
            "JSON: queue, dryRun, entry {as in list}."
        })
final class RetryCommand implements Callable<Integer> {

    @Option(names = "--reason", paramLabel = "TEXT", description = "Why; recorded with the change.")
    String reason = "from the command line";

    @Option(
            names = "--from-start",
            description =
                    "Forget its checkpoints and steps, so that it begins anew. Only for a migration that can do all its work"
                            + " a second time.")
    boolean fromStart;

    @Mixin
    private final OperatorOptions operator;

    @Mixin
    private final ClassOptions classes = new ClassOptions();

    RetryCommand(Surroundings surroundings) {
        this.operator = new OperatorOptions(surroundings);
    }

    @Override
    public Integer call() {
        if (reason.isBlank()) {
            throw CliException.usage("--reason must not be blank");
        }
        return operator.change(
                classes,
                (queue, key) -> fromStart
                        ? queue.restart(key, operator.actor, reason)
                        : queue.retry(key, operator.actor, reason));
    }
}

package dev.turnasync.cli;

import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.QueueEntry;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code turnasync cancel}: end a running entry now. */
@Command(
        name = "cancel",
        description = {
            "Ends a running entry now: its statement is cancelled, and what it had not committed is rolled back.",
            "It becomes FAILED without a failed attempt, and holds back those after it until retry or skip."
        },
        footer = {
            "",
            "Examples:",
            "  turnasync cancel 7 --reason 'locks the orders table'",
            "  turnasync retry 7                     goes on from its checkpoint",
            "",
            "JSON: queue, dryRun, entry {as in list}, note."
        })
final class CancelCommand implements Callable<Integer> {

    @Mixin
    private final ReasonOption reason = new ReasonOption();

    @Mixin
    private final OperatorOptions operator;

    CancelCommand(Surroundings surroundings) {
        this.operator = new OperatorOptions(surroundings);
    }

    @Override
    public Integer call() {
        var why = reason.text();
        return operator.ask((queue, key) -> queue.cancel(key, operator.actor, why), CancelCommand::next);
    }

    private static String next(QueueEntry entry, Hints hints) {
        var after = "`" + hints.command("retry", entry.key()) + "` goes on from its checkpoint, `"
                + hints.command("skip", entry.key(), "--reason", "…") + "` leaves it";
        return entry.status() == EntryStatus.RUNNING
                ? "it was asked to end: its statement is cancelled within about a second; then " + after
                : after;
    }
}

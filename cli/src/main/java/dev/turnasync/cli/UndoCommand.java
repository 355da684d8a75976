package dev.turnasync.cli;

import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.MigrationQueue;
import dev.turnasync.api.QueueEntry;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code turnasync undo}: take a migration back. */
@Command(
        name = "undo",
        description = {
            "Takes a migration back. One that never ran leaves the queue; for one that SUCCEEDED an entry is queued that runs"
                    + " its undo, if its class is Undoable, before whatever is queued after it.",
            "Flyway's history stays as it is, so validate holds. retry queues the migration again."
        },
        footer = {
            "",
            "Examples:",
            "  turnasync undo 7 --reason 'wrong column'",
            "  turnasync wait --all && turnasync undo 7 --mark-history --reason 'wrong column'",
            "",
            "JSON: queue, dryRun, entry {as in list}, note."
        })
final class UndoCommand implements Callable<Integer> {

    @Option(
            names = "--mark-history",
            description =
                    "When it is UNDONE: mark it in Flyway's history too, so that the next migrate applies it anew. Only for"
                            + " the newest version, or a repeatable migration, and while no migrate works.")
    boolean markHistory;

    @Mixin
    private final ReasonOption reason = new ReasonOption();

    @Mixin
    private final OperatorOptions operator;

    UndoCommand(Surroundings surroundings) {
        this.operator = new OperatorOptions(surroundings);
    }

    @Override
    public Integer call() {
        var why = reason.text();
        return operator.ask((queue, key) -> undo(queue, key, why), this::next);
    }

    private QueueEntry undo(MigrationQueue queue, String key, String why) {
        var isUndone = queue.find(key)
                .filter(entry -> entry.status() == EntryStatus.UNDONE)
                .isPresent();
        if (!markHistory || !isUndone) {
            var undone = queue.undo(key, operator.actor, why);
            if (!markHistory || undone.status() != EntryStatus.UNDONE || operator.isDryRun()) {
                return undone;
            }
        }
        return queue.markHistory(key, operator.actor, why);
    }

    private String next(QueueEntry entry, Hints hints) {
        var key = entry.key();
        if (entry.status() != EntryStatus.UNDONE) {
            return "a worker runs it in turn"
                    + (markHistory
                            ? "; when it is UNDONE, `" + hints.command("undo", key, "--mark-history", "--reason", "…")
                                    + "` marks Flyway's history"
                            : "; `" + hints.command("wait", "--all") + "` waits for it");
        }
        return markHistory
                ? "the next migrate applies it anew"
                : "`" + hints.command("retry", key, "--reason", "…") + "` queues it again";
    }
}

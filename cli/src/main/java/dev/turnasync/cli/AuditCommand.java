package dev.turnasync.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.turnasync.api.MigrationQueue;
import dev.turnasync.api.OperatorAction;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.api.QueueEntry.Direction;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code turnasync audit}: who did what, when and why. */
@Command(
        name = "audit",
        description = "Shows what people did to the entries, the newest first: when, who, what, and why.",
        footer = {
            "",
            "Examples:",
            "  turnasync audit",
            "  turnasync audit 7 --last 200 --json",
            "",
            "JSON: queue, actions[] of at, key, label, action, actor, reason, from, to."
        })
final class AuditCommand implements Callable<Integer> {

    private static final int LABEL = 2;

    @Parameters(
            paramLabel = "KEY",
            arity = "0..1",
            description =
                    "Only this migration, its undo included: a version, such as 7 or V7, or R__ and the description.")
    @Nullable
    String key;

    @Option(names = "--last", paramLabel = "N", description = "At most this many. Default: 50.")
    int last = 50;

    @Mixin
    private final CommonOptions common;

    AuditCommand(Surroundings surroundings) {
        this.common = new CommonOptions(surroundings);
    }

    @Override
    public Integer call() {
        if (last < 1) {
            throw CliException.usage("--last must be at least 1: " + last);
        }
        return common.look(new ClassOptions(), async -> {
            var queue = async.queue();
            var entry = key == null ? null : find(queue, key);
            var actions = entry == null ? queue.actions(last) : queue.actions(entry, last);
            if (common.json()) {
                common.print(json(async.queueName(), actions));
            } else if (actions.isEmpty()) {
                var what = entry == null ? "in " + async.queueName() : "to " + name(entry);
                common.out().line("nobody did anything " + what + " yet");
            } else {
                print(actions);
            }
            return ExitCode.OK;
        });
    }

    private QueueEntry find(MigrationQueue queue, String wanted) {
        return queue.find(wanted)
                .orElseThrow(() -> CliException.refused(
                        "no entry " + wanted + "; `" + common.hints(null).command("list") + "` shows the entries",
                        null));
    }

    /** The migration's, whichever of its entries it is. */
    private static String name(QueueEntry entry) {
        var identity = entry.identity();
        return QueueEntry.Identity.label(identity.version(), identity.description(), Direction.UP);
    }

    private void print(List<OperatorAction> actions) {
        var table = new Table(LABEL, List.of("WHEN", "WHO", "ENTRY", "ACTION", "STATUS", "WHY"));
        for (var action : actions) {
            table.add(List.of(
                    Span.plain(EntryTexts.time(action.at())),
                    Span.strong(action.actor()),
                    Span.plain(action.label()),
                    Span.plain(action.action()),
                    Span.plain(change(action)),
                    Span.plain(action.reason())));
        }
        table.print(common.out(), common.columns());
    }

    /** How an action changed the status. */
    static String change(OperatorAction action) {
        if (action.from() == action.to()) {
            return action.to().name();
        }
        return (action.from() == null ? "new" : action.from().name()) + " -> " + action.to();
    }

    private static ObjectNode json(String queue, List<OperatorAction> actions) {
        var node = Json.object().put("queue", queue);
        EntryJson.addActions(node, actions);
        return node;
    }
}

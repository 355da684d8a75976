package dev.turnasync.cli;

import dev.turnasync.cli.QueueAction.Target;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code turnasync show}: everything about one entry. */
@Command(
        name = "show",
        description = "Shows everything about one entry: its status, what Flyway's history says, every attempt with its"
                + " error, what was asked of it, and what people did.",
        footer = {
            "",
            "Examples:",
            "  turnasync show 7",
            "  turnasync show 7 --stack-trace",
            "  turnasync show 'R__Refresh totals' --json",
            "",
            "JSON: queue, entry {as in list}, attempts[] of number, outcome, worker, token, startedAt, finishedAt,",
            "durationMillis, warning, failure {className, message, sqlState, stackTrace}; requests[] of what, reason,",
            "since, until; actions[] {as in audit}."
        })
final class ShowCommand implements Callable<Integer> {

    private static final int LAST_ACTIONS = 20;

    @Parameters(
            paramLabel = "KEY",
            description = "A version, such as 7 or V7, or R__ and the description; in a shard eu-1/7.")
    String key = "";

    @Option(names = "--stack-trace", description = "Print the stack traces of failed attempts too.")
    boolean stackTrace;

    @Mixin
    private final CommonOptions common;

    @Mixin
    private final ShardOptions shards;

    ShowCommand(Surroundings surroundings) {
        this.common = new CommonOptions(surroundings);
        this.shards = new ShardOptions(common);
    }

    @Override
    public Integer call() {
        return shards.answer(Request.look(key), target -> {
            var details = details(target);
            var now = common.surroundings().clock().instant();
            return new Answer<>(
                    details,
                    ExitCode.OK,
                    details.json(target.name()),
                    screen -> new EntryPage(screen, now, stackTrace).print(details));
        });
    }

    private static EntryDetails details(Target target) {
        var queue = target.queue();
        var entry = queue.find(target.key())
                .orElseThrow(() -> CliException.refused(
                        "no entry " + target.key() + " in " + target.name() + "; `"
                                + target.hints().command("list") + "` shows the entries",
                        null));
        return new EntryDetails(
                entry, queue.attempts(entry), queue.requests(entry), queue.actions(entry, LAST_ACTIONS));
    }
}

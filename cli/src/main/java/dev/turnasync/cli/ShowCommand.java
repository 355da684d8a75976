package dev.turnasync.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code turnasync show}: everything about one entry. */
@Command(
        name = "show",
        description =
                "Shows everything about one entry: its status, what Flyway's history says, and every attempt with its error.",
        footer = {
            "",
            "Examples:",
            "  turnasync show 7",
            "  turnasync show 7 --stack-trace",
            "  turnasync show 'R__Refresh totals' --json",
            "",
            "JSON: queue, entry {as in list}, attempts[] of number, outcome, worker, token, startedAt, finishedAt,",
            "durationMillis, warning, failure {className, message, sqlState, stackTrace}."
        })
final class ShowCommand implements Callable<Integer> {

    @Parameters(paramLabel = "KEY", description = "A version, such as 7 or V7, or R__ and the description.")
    String key = "";

    @Option(names = "--stack-trace", description = "Print the stack traces of failed attempts too.")
    boolean stackTrace;

    @Mixin
    private final CommonOptions common;

    ShowCommand(Surroundings surroundings) {
        this.common = new CommonOptions(surroundings);
    }

    @Override
    public Integer call() {
        return common.look(new ClassOptions(), async -> {
            var queue = async.queue();
            var entry = queue.find(key)
                    .orElseThrow(() -> CliException.refused(
                            "no entry " + key + " in " + async.queueName() + "; `"
                                    + common.hints(null).command("list") + "` shows the entries",
                            null));
            var attempts = queue.attempts(entry);
            if (common.json()) {
                common.print(EntryJson.details(async.queueName(), entry, attempts));
            } else {
                new EntryPage(common.out(), common.surroundings().clock().instant(), stackTrace).print(entry, attempts);
            }
            return ExitCode.OK;
        });
    }
}

package dev.turnasync.cli;

import dev.turnasync.cli.ListPage.Listed;
import dev.turnasync.cli.QueueAction.Target;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code turnasync list}: every entry in one line. */
@Command(
        name = "list",
        description =
                "Lists the entries that are not finished, and the last that are, in the order in which they run; and counts all.",
        footer = {
            "",
            "Examples:",
            "  turnasync list",
            "  turnasync list --all",
            "  turnasync list --shards shards.properties --all-shards",
            "  turnasync list --json | jq -r '.entries[] | select(.status == \"FAILED\") | .key'",
            "",
            "JSON: queue, count {status: number}, entries[] of key, version, description, label, status, reason, since, standing,",
            "installedRank, script, checksum, generation, direction, queuedAt, failedAttempts, maxAttempts, workerDeaths,",
            "nextAttemptAt, window, run {attempt, worker, token, startedAt, finishedAt}, progress {done, total, percent,",
            "rate, remainingSeconds, phase, waiting {reason, since, utilisation}}."
        })
final class ListCommand implements Callable<Integer> {

    @Option(names = "--last", paramLabel = "N", description = "How many finished entries at most. Default: 20.")
    int last = 20;

    @Option(names = "--all", description = "All finished entries.")
    boolean all;

    @Mixin
    private final CommonOptions common;

    @Mixin
    private final ShardOptions shards;

    ListCommand(Surroundings surroundings) {
        this.common = new CommonOptions(surroundings);
        this.shards = new ShardOptions(common);
    }

    @Override
    public Integer call() {
        if (last < 0) {
            throw CliException.usage("--last must not be negative: " + last);
        }
        var page = new ListPage(common);
        return shards.answer(Request.look(), target -> answer(target, page), page::printAll);
    }

    private Answer<Listed> answer(Target target, ListPage page) {
        var queue = target.queue();
        var entries = all ? queue.list() : queue.recent(last);
        var listed = new Listed(target.name(), entries, queue.count());
        return new Answer<>(listed, ExitCode.OK, EntryJson.list(listed.queue(), entries, listed.count()), screen -> {
            if (target.shard() == null) {
                page.print(screen, listed);
            } else {
                page.printCount(screen, listed);
            }
        });
    }
}

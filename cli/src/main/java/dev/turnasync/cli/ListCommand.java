package dev.turnasync.cli;

import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.QueueEntry;
import java.time.Instant;
import java.util.List;
import java.util.Map;
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
            "  turnasync list --json | jq -r '.entries[] | select(.status == \"FAILED\") | .key'",
            "",
            "JSON: queue, count {status: number}, entries[] of key, version, description, label, status, reason, since, standing,",
            "installedRank, script, checksum, generation, direction, queuedAt, failedAttempts, maxAttempts, workerDeaths,",
            "nextAttemptAt, window, run {attempt, worker, token, startedAt, finishedAt}, progress {done, total, percent,",
            "rate, remainingSeconds, phase, waiting {reason, since, utilisation}}."
        })
final class ListCommand implements Callable<Integer> {

    private static final int DESCRIPTION = 2;
    private static final List<String> HEADINGS =
            List.of("STATUS", "KEY", "DESCRIPTION", "SINCE", "TOOK", "ATTEMPTS", "PROGRESS", "REASON");

    @Option(names = "--last", paramLabel = "N", description = "How many finished entries at most. Default: 20.")
    int last = 20;

    @Option(names = "--all", description = "All finished entries.")
    boolean all;

    @Mixin
    private final CommonOptions common;

    ListCommand(Surroundings surroundings) {
        this.common = new CommonOptions(surroundings);
    }

    @Override
    public Integer call() {
        if (last < 0) {
            throw CliException.usage("--last must not be negative: " + last);
        }
        return common.look(new ClassOptions(), async -> {
            var queue = async.queue();
            var entries = all ? queue.list() : queue.recent(last);
            var count = queue.count();
            if (common.json()) {
                common.print(EntryJson.list(async.queueName(), entries, count));
            } else if (count.isEmpty()) {
                common.out().line("no entries in " + async.queueName() + "; was that the right --schema and --table?");
            } else {
                print(entries);
                printLeftOut(entries.size(), count);
            }
            return ExitCode.OK;
        });
    }

    private void print(List<QueueEntry> entries) {
        var surroundings = common.surroundings();
        var now = surroundings.clock().instant();
        var table = new Table(DESCRIPTION, HEADINGS);
        entries.forEach(entry -> table.add(cells(entry, now)));
        table.print(common.out(), common.columns());
    }

    private void printLeftOut(int shown, Map<EntryStatus, Long> count) {
        if (shown < EntryTexts.sum(count)) {
            common.out().line(Span.faint("of " + EntryTexts.count(count) + "; --all shows them"));
        }
    }

    private static List<Span> cells(QueueEntry entry, Instant now) {
        var reason = entry.standing() == QueueEntry.Standing.APPLIED
                        || entry.status().isFinished()
                ? ""
                : entry.standing() + (entry.reason() == null ? "" : ": ");
        return List.of(
                Span.of(entry.status()),
                Span.strong(entry.key()),
                Span.plain(entry.identity().description()),
                Span.plain(EntryTexts.ago(entry.since(), now)),
                Span.plain(EntryTexts.took(entry, now)),
                Span.plain(EntryTexts.attempts(entry)),
                Span.plain(EntryTexts.progress(entry.progress())),
                Span.plain(reason + (entry.reason() == null ? EntryTexts.doing(entry) : entry.reason())));
    }
}

package dev.turnasync.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.turnasync.api.MigrationQueue;
import dev.turnasync.api.QueueReport;
import dev.turnasync.cli.QueueAction.Target;
import dev.turnasync.cli.Request.Manner;
import dev.turnasync.cli.Span.Tone;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code turnasync check-queue}: is all well, and if not, what now. */
@Command(
        name = "check-queue",
        description = {
            "Compares every entry with reality and tells what to do next. Changes nothing, but with --fix mends what is safe to"
                    + " mend, never anything that could lose or repeat work, and wakes the workers.",
            "Looks at Flyway's history, the lease, the worker's database session and indexes that a concurrent build left"
                    + " invalid; with --jar also at migration classes and at applied migrations that have no entry."
        },
        footer = {
            "",
            "Examples:",
            "  turnasync check-queue",
            "  turnasync check-queue --fix --dry-run",
            "  turnasync check-queue --jar app.jar --location classpath:com/shop/migration",
            "  turnasync check-queue --shards shards.properties --all-shards",
            "  turnasync check-queue --json > report.json || alert",
            "",
            "JSON: queue, healthy, checkedAt, problems, notices, entries, findings[] of kind, severity, subject,",
            "message, nextStep; notes[]; fixed[], dryRun."
        })
final class CheckQueueCommand implements Callable<Integer> {

    @Option(
            names = "--fix",
            description =
                    "First mend what is safe: take over from workers that are gone, add a lost lease row, end a lease from the"
                            + " future, retire what a newer entry replaced, forget requests to runs that have ended.")
    boolean fix;

    @Option(names = "--dry-run", description = "With --fix: only tell what would be mended.")
    boolean dryRun;

    @Option(
            names = "--actor",
            paramLabel = "NAME",
            description = "With --fix: who asks for it. Default: the name of the operating system's user.")
    String actor = System.getProperty("user.name", "unknown");

    @Option(
            names = "--silent-after",
            paramLabel = "TIME",
            description =
                    "How long a run's session may be idle, without a checkpoint or progress, before that is a problem."
                            + " Default: 10m.")
    String silentAfter = "10m";

    @Mixin
    private final CommonOptions common;

    @Mixin
    private final ShardOptions shards;

    @Mixin
    private final ClassOptions classes = new ClassOptions();

    CheckQueueCommand(Surroundings surroundings) {
        this.common = new CommonOptions(surroundings);
        this.shards = new ShardOptions(common);
    }

    @Override
    public Integer call() {
        if (dryRun && !fix) {
            throw CliException.usage("--dry-run is for --fix; without it check-queue changes nothing");
        }
        if (actor.isBlank()) {
            throw CliException.usage("--actor must not be blank");
        }
        var silence = Durations.parse("--silent-after", silentAfter);
        return shards.answer(
                new Request(classes, List.of(), fix ? Manner.CHANGE : Manner.LOOK), target -> check(target, silence));
    }

    private Answer<QueueReport> check(Target target, Duration silence) {
        var report = report(target.queue(), silence);
        var count = target.queue().count();
        return new Answer<>(
                report,
                report.isHealthy() ? ExitCode.OK : ExitCode.ATTENTION,
                json(report, target, EntryTexts.sum(count)),
                screen -> {
                    mended(screen, report);
                    var page = new ReportPage(screen, target.hints(), target.name());
                    if (target.shard() == null || !report.isHealthy()) {
                        page.print(report, count);
                    } else {
                        page.printVerdict(report, count);
                    }
                });
    }

    private void mended(Screen screen, QueueReport report) {
        var mended = dryRun ? "would: " : "done: ";
        report.fixed().forEach(text -> screen.line(new Span(Tone.ACTIVE, mended), Span.plain(text)));
        if (fix && report.fixed().isEmpty()) {
            screen.line("nothing to mend");
        }
    }

    private QueueReport report(MigrationQueue queue, Duration silence) {
        if (!fix) {
            return queue.check(silence);
        }
        return (dryRun ? queue.dryRun() : queue).fix(actor);
    }

    private ObjectNode json(QueueReport report, Target target, long entries) {
        var hints = target.hints();
        var node = Json.object().put("queue", target.name()).put("healthy", report.isHealthy());
        Json.put(node, "checkedAt", report.checkedAt());
        node.put("problems", ReportPage.count(report, QueueReport.Severity.PROBLEM))
                .put("notices", ReportPage.count(report, QueueReport.Severity.NOTICE))
                .put("entries", entries);
        var findings = node.putArray("findings");
        report.findings()
                .forEach(finding -> findings.addObject()
                        .put("kind", finding.kind().name())
                        .put("severity", finding.severity().name())
                        .put("subject", finding.subject())
                        .put("message", finding.message())
                        .put("nextStep", hints.nextStep(finding)));
        var notes = node.putArray("notes");
        report.notes().forEach(notes::add);
        var fixed = node.putArray("fixed");
        report.fixed().forEach(fixed::add);
        node.put("dryRun", dryRun);
        return node;
    }
}

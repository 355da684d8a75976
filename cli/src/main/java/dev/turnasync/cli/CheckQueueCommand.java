package dev.turnasync.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.turnasync.api.QueueReport;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code turnasync check-queue}: is all well, and if not, what now. */
@Command(
        name = "check-queue",
        description = {
            "Compares every entry with reality and tells what to do next. Changes nothing.",
            "Looks at Flyway's history, the lease, the worker's database session and indexes that a concurrent build left"
                    + " invalid; with --jar also at migration classes and at applied migrations that have no entry."
        },
        footer = {
            "",
            "Examples:",
            "  turnasync check-queue",
            "  turnasync check-queue --jar app.jar --location classpath:com/shop/migration",
            "  turnasync check-queue --json > report.json || alert",
            "",
            "JSON: queue, healthy, checkedAt, problems, notices, entries, findings[] of kind, severity, subject,",
            "message, nextStep; notes[]."
        })
final class CheckQueueCommand implements Callable<Integer> {

    @Mixin
    private final CommonOptions common;

    @Mixin
    private final ClassOptions classes = new ClassOptions();

    CheckQueueCommand(Surroundings surroundings) {
        this.common = new CommonOptions(surroundings);
    }

    @Override
    public Integer call() {
        return common.look(common.found(classes), async -> {
            var report = async.queue().check();
            var entries = async.queue().list();
            var page = new ReportPage(common.out(), common.hints(classes), async.queueName());
            if (common.json()) {
                common.print(json(report, async.queueName(), entries.size()));
            } else {
                page.print(report, entries);
            }
            return report.isHealthy() ? ExitCode.OK : ExitCode.ATTENTION;
        });
    }

    private ObjectNode json(QueueReport report, String queue, int entries) {
        var hints = common.hints(classes);
        var node = Json.object().put("queue", queue).put("healthy", report.isHealthy());
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
        return node;
    }
}

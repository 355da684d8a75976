package dev.turnasync.sample;

import dev.turnasync.api.MigrationQueue;
import dev.turnasync.api.QueueReport;
import java.sql.SQLException;

/** Two migrations fail for good. The first is mended and retried, the second is skipped, and the queue drains to its end. */
final class FailureStory implements Story {

    private static final String OPERATOR = "sample";

    private final Screen screen;
    private final ShopServer server;
    private final Chapters chapters;

    FailureStory(Screen screen, ShopServer server) {
        this.screen = screen;
        this.server = server;
        this.chapters = new Chapters(screen, server);
    }

    @Override
    public boolean tell(Choice choice) throws Exception {
        var orders = choice.orders();
        chapters.goLive(orders);
        var bad = orders / 2;
        Sql.execute(server.shop(), "UPDATE orders SET amount = -19.99 WHERE id = ?", bad);
        screen.line("  (order %,d is wrong: its amount is -19.99)", bad);
        var deploy = chapters.deploy(Release.MISTAKEN);
        try (var background = chapters.background(deploy, choice, event -> {})) {
            var queue = background.queue();
            var table = new QueueTable(screen, deploy.flyway(), queue);
            var view = new DrainView(screen, queue);
            screen.title("3. %s at work on the queue, until a migration fails for good", choice.drainer());
            background.start();
            view.follow(background);
            table.print();
            mend(queue, bad);
            view.follow(background);
            skip(queue);
            view.follow(background);
            var right = finish(table, queue);
            chapters.waitIf(choice.dashboard());
            return right;
        }
    }

    private void mend(MigrationQueue queue, int bad) throws SQLException {
        screen.title("4. The operator asks check-queue, mends the cause and retries");
        print(queue.check());
        Sql.execute(server.shop(), "UPDATE orders SET amount = 19.99 WHERE id = ?", bad);
        screen.line("  @|bold > UPDATE orders SET amount = 19.99 WHERE id = %d|@", bad);
        screen.line("  @|bold > retry 2|@");
        queue.retry("2", OPERATOR, "order " + bad + " is mended");
    }

    private void skip(MigrationQueue queue) {
        screen.title("5. The next one that fails is not needed here, so it is skipped");
        print(queue.check());
        screen.line("  @|bold > skip 4 --reason \"this shop never sold vouchers\"|@");
        queue.skip("4", OPERATOR, "this shop never sold vouchers");
    }

    private boolean finish(QueueTable table, MigrationQueue queue) {
        screen.title("6. The queue is empty, and everything is on record");
        table.print();
        for (var entry : queue.list()) {
            if (entry.reason() != null) {
                screen.line("  %s: %s", entry.label(), entry.reason());
            }
        }
        var report = queue.check();
        print(report);
        return report.isHealthy()
                && queue.list().stream().allMatch(entry -> entry.status().isFinished());
    }

    private void print(QueueReport report) {
        if (report.isHealthy()) {
            screen.line("  check-queue: @|green nothing to do|@");
        }
        for (var finding : report.findings()) {
            screen.line("  @|bold,red %s|@", finding.kind());
            screen.line("    %s", finding.message());
            screen.line("    next: %s", finding.nextStep());
        }
    }
}

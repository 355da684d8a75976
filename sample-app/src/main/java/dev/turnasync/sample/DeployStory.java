package dev.turnasync.sample;

import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.MigrationQueue;
import java.sql.SQLException;

/** Version 2 goes live at once, its heavy migrations run behind it, and in the end every row is right. */
final class DeployStory implements Story {

    private final Screen screen;
    private final ShopServer server;
    private final Chapters chapters;

    DeployStory(Screen screen, ShopServer server) {
        this.screen = screen;
        this.server = server;
        this.chapters = new Chapters(screen, server);
    }

    @Override
    public boolean tell(Choice choice) throws Exception {
        var orders = choice.orders();
        chapters.goLive(orders);
        try (var times = DeployTimes.before(screen, server, orders)) {
            var deploy = chapters.deploy(Release.TWO);
            try (var background = chapters.background(deploy, choice, new NightlyReport(server.shop()))) {
                var table = new QueueTable(screen, deploy.flyway(), background.queue());
                table.print();
                gate(background.queue(), "right after migrate");
                screen.title("3. %s at work on the queue, one migration at a time and in order", choice.drainer());
                background.start();
                gate(background.queue(), "while it works");
                new DrainView(screen, background.queue()).follow(background);
                screen.line("  (%s)", whatHappened(background));
                table.print();
                gate(background.queue(), "in the end");
                var right = check(orders, background.queue());
                times.compare();
                chapters.waitIf(choice.dashboard());
                screen.title(
                        right
                                ? "Every row is right. See also: --fail, --nodes=3 --kill, --dashboard, --help"
                                : "Something is wrong.");
                return right;
            }
        }
    }

    /** What a pipeline that needs the new columns would be told, as by {@code turnasync wait --all}. */
    private void gate(MigrationQueue queue, String when) {
        var readiness = queue.readiness();
        screen.line("  The deploy gate %s: @|bold %s|@, %s", when, readiness.state(), readiness.message());
    }

    private static String whatHappened(Background background) {
        return background instanceof Fleet fleet
                ? fleet.killed() + " nodes were killed; the lease is 3 s here, a tenth of the default"
                : "V6 met a long report on its table: it gave up after a second and came back";
    }

    private boolean check(int orders, MigrationQueue queue) throws SQLException {
        screen.title("4. Is every row right?");
        var mistakes = new Shop(server.shop()).mistakes(orders);
        mistakes.put(
                "entries of the queue that did not succeed",
                queue.list().stream()
                        .filter(entry -> entry.status() != EntryStatus.SUCCEEDED)
                        .count());
        mistakes.put("findings of check-queue", (long) queue.check().findings().size());
        mistakes.forEach((what, count) ->
                screen.line("  %s%,8d  %s", count == 0 ? "@|green ok   |@" : "@|bold,red WRONG|@", count, what));
        return mistakes.values().stream().allMatch(count -> count == 0);
    }
}

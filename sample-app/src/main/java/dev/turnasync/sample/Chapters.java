package dev.turnasync.sample;

import dev.turnasync.api.MigrationListener;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;

/** What both stories tell alike. */
final class Chapters {

    private static final String ROW = "  %-22s%8s   %s";

    private final Screen screen;
    private final ShopServer server;

    Chapters(Screen screen, ShopServer server) {
        this.screen = screen;
        this.server = server;
    }

    /** Deploys version 1, and lets the shop sell. */
    void goLive(int orders) throws SQLException {
        screen.title("1. Version 1 goes live");
        var deploy = Deploy.of(Release.ONE, server.shop());
        screen.line(ROW, "flyway migrate", Screen.seconds(deploy.took()), deploy.migrations() + " migration");
        screen.status("  the shop sells ...");
        var start = System.nanoTime();
        new Shop(server.shop()).fill(orders);
        screen.line(
                "  %-22s%8s   %,d customers, %,d orders",
                "the shop sells",
                Screen.seconds(Duration.ofNanos(System.nanoTime() - start)),
                Shop.customers(orders),
                orders);
    }

    /** Deploys version 2. */
    Deploy deploy(Release release) {
        screen.title("2. Version 2 is deployed");
        var deploy = Deploy.of(release, server.shop());
        screen.line(
                ROW,
                "flyway migrate",
                Screen.seconds(deploy.took()),
                deploy.migrations() + " migrations; the async ones are queued");
        return deploy;
    }

    /** What drains the queue: this process, or some of their own. */
    Background background(Deploy deploy, Choice choice, MigrationListener listener) {
        return choice.nodes() > 0
                ? new Fleet(screen, server.shop(), choice, deploy)
                : Node.of(deploy.flyway(), server.shop(), choice, options -> options.onEvent(listener));
    }

    /** Leaves JobRunr's dashboard open until somebody presses Enter. */
    void waitIf(boolean dashboard) throws IOException {
        if (dashboard) {
            screen.title(
                    "JobRunr's dashboard is at http://localhost:%d. Press Enter to end.", JobRunrScheduler.DASHBOARD);
            while (System.in.read() > '\n') {
                // the rest of the line
            }
        }
    }
}

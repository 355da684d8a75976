package dev.turnasync.sample;

import java.sql.SQLException;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How long the deploy of version 2 takes: queued and inline, with few orders and with many. Each is measured on a fresh copy of
 * the database as it was before version 2.
 */
final class DeployTimes implements AutoCloseable {

    private static final int FEW = 10_000;
    private static final String ROW = "  %-34s%17s%20s";

    private final Screen screen;
    private final ShopServer server;
    private final int orders;
    private final @Nullable ShopCopy before;

    private DeployTimes(Screen screen, ShopServer server, int orders) {
        this.screen = screen;
        this.server = server;
        this.orders = orders;
        this.before = keep();
    }

    /** Keeps the database as it is now. */
    static DeployTimes before(Screen screen, ShopServer server, int orders) {
        return new DeployTimes(screen, server, orders);
    }

    private @Nullable ShopCopy keep() {
        try {
            return server.copyOf(server.shop());
        } catch (SQLException e) {
            screen.line("  no copy of the database: %s", e.getMessage());
            return null;
        }
    }

    /** Measures and prints. */
    void compare() throws SQLException {
        screen.title("5. The same deploy on copies of the database, with TurnAsync and without");
        if (before == null) {
            screen.line("  skipped, since this database could not be copied");
            return;
        }
        var few = Math.min(FEW, orders / 10);
        try (var small = server.empty()) {
            Deploy.of(Release.ONE, small.database());
            new Shop(small.database()).fill(few);
            screen.status("  deploying version 2 a few more times ...");
            queued(small); // warms up: the first one after a pause is slower
            var queued = new Pair(queued(small), queued(before));
            var inline = new Pair(inline(small), inline(before));
            screen.line(ROW, "", count(few), count(orders));
            screen.line(ROW, "queued (the default)", Screen.seconds(queued.few()), Screen.seconds(queued.many()));
            screen.line(
                    ROW, "inline (turnasync.mode=inline)", Screen.seconds(inline.few()), Screen.seconds(inline.many()));
            explain(queued.many(), inline.many());
        }
    }

    private record Pair(Duration few, Duration many) {}

    private void explain(Duration queued, Duration inline) {
        screen.line(
                "  With %,d orders inline takes @|bold %.1f times|@ as long as queued.",
                orders, (double) inline.toMillis() / Math.max(1, queued.toMillis()));
        screen.line("  (inline needs flyway.postgresql.transactional.lock=false, or CREATE INDEX");
        screen.line("  CONCURRENTLY waits for Flyway's own open transaction, for ever)");
    }

    private Duration queued(ShopCopy template) throws SQLException {
        try (var copy = server.copyOf(template.database())) {
            return Deploy.of(Release.TWO, copy.database()).took();
        }
    }

    private Duration inline(ShopCopy template) throws SQLException {
        try (var copy = server.copyOf(template.database())) {
            return Deploy.inline(Release.TWO, copy.database()).took();
        }
    }

    private static String count(int orders) {
        return String.format(Locale.ROOT, "%,d orders", orders);
    }

    @Override
    public void close() throws SQLException {
        if (before != null) {
            before.close();
        }
    }
}

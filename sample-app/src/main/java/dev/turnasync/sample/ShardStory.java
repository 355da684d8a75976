package dev.turnasync.sample;

import dev.turnasync.ShardResults;
import dev.turnasync.Shards;
import dev.turnasync.api.DrainResult;
import dev.turnasync.api.QueueReport;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Many small shops, each with a database of its own: a canary goes first, and one that is closed is drained when it is back. */
final class ShardStory implements Story {

    private static final int FEWEST_ORDERS = 1_000;
    private static final String CANARY = "shop-1";
    private static final String ROW = "  %-9s%-16s%8s%10s%12s  %s";

    private final Screen screen;
    private final ShopServer server;
    private final int count;
    private final Map<String, ShopCopy> shops = new LinkedHashMap<>();

    ShardStory(Screen screen, ShopServer server, int count) {
        this.screen = screen;
        this.server = server;
        this.count = count;
    }

    @Override
    public boolean tell(Choice choice) throws Exception {
        try {
            for (var i = 1; i <= count; i++) {
                shops.put("shop-" + i, server.empty());
            }
            return tell(Math.max(FEWEST_ORDERS, choice.orders() / count));
        } finally {
            for (var shop : shops.values()) {
                shop.close();
            }
        }
    }

    private boolean tell(int orders) throws SQLException {
        goLive(orders);
        try (var shards = shards(Release.TWO)) {
            screen.title("2. Version 2 is deployed to %s first, then to the others", CANARY);
            timed("flyway migrate", () -> shards.migrate().isWell());
            var closed = "shop-" + count;
            screen.title("3. All queues are drained, %s first; meanwhile %s is closed", CANARY, closed);
            allowConnections(closed, false);
            var drained = shards.drain();
            print(drained, shards, orders);
            screen.title("4. %s is back and all are drained again", closed);
            allowConnections(closed, true);
            var again = shards.drain();
            print(again, shards, orders);
            var right = again.isWell()
                    && shards.check().isWell()
                    && mistakes(shards, orders).isWell();
            screen.title(right ? "Every row of every shop is right." : "Something is wrong.");
            return right;
        }
    }

    private Shards shards(Release release) {
        var builder = Shards.builder().canary(CANARY);
        shops.forEach((id, shop) ->
                builder.add(id, Deploy.configuration(release, shop.database()).load()));
        return builder.build();
    }

    private void goLive(int orders) {
        screen.title("1. Version 1 goes live in %d shops with %,d orders each", count, orders);
        try (var shards = shards(Release.ONE)) {
            timed("flyway migrate", () -> shards.migrate().isWell());
            timed(
                    "the shops sell",
                    () -> shards.forEach(shard -> {
                                new Shop(database(shard.id())).fill(orders);
                                return true;
                            })
                            .isWell());
        }
    }

    private void timed(String what, BooleanSupplier work) {
        var start = System.nanoTime();
        var well = work.getAsBoolean();
        var took = Screen.seconds(Duration.ofNanos(System.nanoTime() - start));
        screen.line("  %-22s%8s   %s", what, took, well ? "all shops" : "@|bold,red not all shops|@");
    }

    private DataSource database(String id) {
        return Objects.requireNonNull(shops.get(id)).database();
    }

    private void allowConnections(String id, boolean allowed) throws SQLException {
        var name = Objects.requireNonNull(shops.get(id)).database().getDatabaseName();
        Sql.execute(server.shop(), "ALTER DATABASE " + name + " ALLOW_CONNECTIONS " + allowed);
    }

    private ShardResults<Long> mistakes(Shards shards, int orders) {
        return shards.forEach(
                shard -> new Shop(database(shard.id()))
                        .mistakes(orders).values().stream()
                                .mapToLong(Long::longValue)
                                .sum(),
                wrong -> wrong == 0);
    }

    private void print(ShardResults<DrainResult> drained, Shards shards, int orders) {
        var checked = shards.check();
        var mistakes = mistakes(shards, orders);
        screen.line("");
        screen.line("@|underline " + ROW + "|@", "Shard", "Drain", "Entries", "Findings", "Wrong rows", "");
        for (var result : drained.all()) {
            var outcome = String.format("%-16s", result.outcome());
            screen.line(
                    ROW,
                    result.shard(),
                    result.isWell() ? "@|green " + outcome + "|@" : "@|bold,red " + outcome + "|@",
                    number(result.value() == null ? null : (long) result.value().succeeded()),
                    findings(checked.of(result.shard()).value()),
                    number(mistakes.of(result.shard()).value()),
                    result.failure() == null ? "" : result.message());
        }
        screen.line("  The worst shard is %s.", drained.verdict());
    }

    private static String findings(@Nullable QueueReport report) {
        return number(report == null ? null : (long) report.findings().size());
    }

    private static String number(@Nullable Long number) {
        return number == null ? "?" : number.toString();
    }
}

package dev.turnasync.cli;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A migrated shop, and a role that reads it and that its database can shut out.
 *
 * @param shop the shop
 * @param neighbour another database of the same server
 * @param name the name of the shop's database
 */
record ShopThatLeaves(Shop shop, Shop neighbour, @Nullable Object name) implements AutoCloseable {

    static ShopThatLeaves open() {
        var shop = Shop.migrated();
        var name = shop.database().column("SELECT current_database()::TEXT").get(0);
        shop.database().execute("CREATE ROLE visitor_%s LOGIN IN ROLE pg_read_all_data".formatted(name));
        return new ShopThatLeaves(shop, Shop.empty(), name);
    }

    String role() {
        return "visitor_" + name;
    }

    void leave() {
        neighbour.database().execute("ALTER DATABASE " + name + " CONNECTION LIMIT 0");
    }

    void comeBack() {
        neighbour.database().execute("ALTER DATABASE " + name + " CONNECTION LIMIT -1");
    }

    /** Waits as that role; the time is up after the last event. */
    CommandLineRun wait(List<Runnable> meanwhile, String... options) {
        var words = new ArrayList<>(List.of("wait", "--timeout", "1h", "--user", role()));
        words.addAll(List.of(options));
        return CommandLineRun.inPipe()
                .with("TURNASYNC_URL", shop.url())
                .meanwhile(meanwhile.toArray(Runnable[]::new))
                .run(words.toArray(String[]::new));
    }

    @Override
    public void close() {
        comeBack();
        shop.database().execute("DROP ROLE " + role());
        neighbour.close();
        shop.close();
    }
}

package dev.turnasync.chaos;

import dev.turnasync.Shards;
import dev.turnasync.ShardsBuilder;
import dev.turnasync.api.RetryPolicy;
import dev.turnasync.fixture.Script;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.migration.JavaMigration;

/**
 * Many shards on one server: schemas of one database, and two databases that close while an entry of theirs runs. What runs side
 * by side is counted.
 */
final class ShardFleet implements AutoCloseable {

    static final Duration LEASE = Duration.ofSeconds(3);

    /** The shards that are databases of their own. */
    static final List<String> FRAGILE = List.of("db-1", "db-2");

    private static final String ROLE = "shard_worker";
    private static final String MANY = "shards_many";

    private static final String JOURNAL = """
            CREATE TABLE %s.journal (
                id        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                migration INTEGER     NOT NULL
            )""";

    /** Where a shard is. */
    private record Place(String database, String schema) {}

    private final int port;
    private final int entries;
    private final Database admin;
    private final Map<String, Place> places = new LinkedHashMap<>();
    private final CountedConnections connections = new CountedConnections();
    private final AtomicInteger inside = new AtomicInteger();
    private final AtomicInteger mostInside = new AtomicInteger();
    private final Set<String> closedOnce = ConcurrentHashMap.newKeySet();

    ShardFleet(Postgres postgres, int shards, int entries) {
        this.port = postgres.port();
        this.entries = entries;
        this.admin = new Database("postgres", port);
        admin.execute("CREATE ROLE " + ROLE + " SUPERUSER LOGIN");
        createMany(shards - FRAGILE.size());
        FRAGILE.forEach(this::createFragile);
    }

    private void createMany(int count) {
        admin.execute("CREATE DATABASE " + MANY);
        try (var many = new Database(MANY, port)) {
            for (var i = 1; i <= count; i++) {
                var schema = "s" + i;
                many.execute("CREATE SCHEMA " + schema);
                many.execute(JOURNAL.formatted(schema));
                places.put("schema-" + i, new Place(MANY, schema));
            }
        }
    }

    private void createFragile(String id) {
        var name = name(id);
        admin.execute("CREATE DATABASE " + name);
        Database.execute(new Database(name, port).dataSource(), JOURNAL.formatted("public"));
        places.put(id, new Place(name, "public"));
    }

    private static String name(String id) {
        return "shards_" + id.replace('-', '_');
    }

    /** The fragile ones stand in the middle. */
    ShardsBuilder shards() {
        var builder = Shards.builder()
                .options((id, async) -> async.leaseFor(LEASE)
                        .retryPolicy(RetryPolicy.ofDefaults().withDelays(Duration.ZERO, Duration.ZERO)));
        ids().forEach(id -> builder.add(id, flyway(id)));
        return builder;
    }

    private List<String> ids() {
        var ids = new ArrayList<>(places.keySet());
        ids.removeAll(FRAGILE);
        ids.addAll(ids.size() / 2, FRAGILE);
        return ids;
    }

    private Flyway flyway(String id) {
        var place = places.get(id);
        var source = new org.postgresql.ds.PGSimpleDataSource();
        source.setURL(Database.url(place.database(), port));
        source.setUser(ROLE);
        source.setConnectTimeout(5);
        return Flyway.configure()
                .dataSource(connections.of(source))
                .defaultSchema(place.schema())
                .locations(new String[0])
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .javaMigrations(IntStream.rangeClosed(1, entries)
                        .mapToObj(number -> migration(id, number))
                        .toArray(JavaMigration[]::new))
                .load();
    }

    private Script migration(String id, int number) {
        return Script.async(Integer.toString(number), context -> {
            mostInside.accumulateAndGet(inside.incrementAndGet(), Math::max);
            try (var insert = context.getConnection().prepareStatement("INSERT INTO journal (migration) VALUES (?)")) {
                insert.setInt(1, number);
                if (number == entries / 2 && FRAGILE.contains(id) && closedOnce.add(id)) {
                    close(id);
                }
                insert.executeUpdate();
            } finally {
                inside.decrementAndGet();
            }
        });
    }

    /** Ends all sessions of a shard's database and lets nobody in. */
    private void close(String id) {
        Database.execute(admin.dataSource(), "ALTER DATABASE " + name(id) + " ALLOW_CONNECTIONS false");
        Database.execute(
                admin.dataSource(),
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name(id) + "'");
    }

    void reopen() {
        FRAGILE.forEach(id -> admin.execute("ALTER DATABASE " + name(id) + " ALLOW_CONNECTIONS true"));
    }

    CountedConnections connections() {
        return connections;
    }

    int mostInside() {
        return mostInside.get();
    }

    /** The sessions that the server has for the shards. */
    int sessions(Database own) {
        return own.number("SELECT count(*) FROM pg_stat_activity WHERE usename = '" + ROLE + "'");
    }

    Database observer() {
        return new Database("postgres", port);
    }

    /** What ran in each shard, in the order in which it committed. */
    Map<String, List<Integer>> journals() {
        var journals = new LinkedHashMap<String, List<Integer>>();
        try (var many = new Database(MANY, port)) {
            places.forEach((id, place) -> {
                if (place.database().equals(MANY)) {
                    journals.put(id, journal(many, place));
                }
            });
        }
        for (var id : FRAGILE) {
            try (var own = new Database(name(id), port)) {
                journals.put(id, journal(own, places.get(id)));
            }
        }
        return journals;
    }

    private static List<Integer> journal(Database database, Place place) {
        return database.list("SELECT migration FROM " + place.schema() + ".journal ORDER BY id", row -> row.getInt(1));
    }

    @Override
    public void close() {
        reopen();
        FRAGILE.forEach(id -> admin.execute("DROP DATABASE IF EXISTS " + name(id) + " WITH (FORCE)"));
        admin.execute("DROP DATABASE IF EXISTS " + MANY + " WITH (FORCE)");
        admin.execute("DROP ROLE IF EXISTS " + ROLE);
        admin.close();
    }
}

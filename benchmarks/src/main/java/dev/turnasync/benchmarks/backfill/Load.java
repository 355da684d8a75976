package dev.turnasync.benchmarks.backfill;

import dev.turnasync.benchmarks.backfill.Server.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * An application that updates random rows at a fixed rate, whatever the answers take: each request has a time at which it should
 * begin, and its latency counts from there (no coordinated omission).
 */
final class Load implements AutoCloseable {

    static final int CONNECTIONS = 4;
    static final int PER_SECOND = 200;

    private static final long GAP_NANOS = TimeUnit.SECONDS.toNanos(1) / PER_SECOND;

    /**
     * One request.
     *
     * @param due when it should have begun, by {@link System#nanoTime}
     * @param nanos how long it took from then on
     */
    record Request(long due, long nanos) {}

    private final Database database;
    private final long rows;
    private final ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS);
    private final List<Future<List<Request>>> clients = new ArrayList<>();
    private final AtomicInteger next = new AtomicInteger();
    private final long began = System.nanoTime();
    private volatile long until = began + TimeUnit.DAYS.toNanos(1);

    private Load(Database database, long rows) {
        this.database = database;
        this.rows = rows;
    }

    static Load start(Database database, long rows) {
        var load = new Load(database, rows);
        for (var n = 0; n < CONNECTIONS; n++) {
            load.clients.add(load.threads.submit(load::client));
        }
        return load;
    }

    /**
     * Stops and returns the requests due in a span of time. Those that are late are still made, since they are the ones that
     * matter.
     */
    List<Request> stop(long from, long to) throws Exception {
        until = to;
        var all = new ArrayList<Request>();
        for (var client : clients) {
            for (var request : client.get(2, TimeUnit.MINUTES)) {
                if (request.due() - from >= 0 && request.due() - to < 0) {
                    all.add(request);
                }
            }
        }
        return all;
    }

    private List<Request> client() throws SQLException {
        var requests = new ArrayList<Request>();
        try (var connection = database.connect()) {
            while (true) {
                var due = began + next.getAndIncrement() * GAP_NANOS;
                if (due - until >= 0) {
                    return requests;
                }
                for (var left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                    LockSupport.parkNanos(left);
                }
                request(connection);
                requests.add(new Request(due, System.nanoTime() - due));
            }
        }
    }

    private void request(Connection connection) throws SQLException {
        try (var update = connection.prepareStatement("UPDATE people SET note = ? WHERE id = ?")) {
            var random = ThreadLocalRandom.current();
            update.setString(1, "seen at " + random.nextLong());
            update.setLong(2, 1 + random.nextLong(rows));
            if (update.executeUpdate() != 1) {
                throw new IllegalStateException("an update found no row");
            }
        }
    }

    @Override
    public void close() {
        until = began;
        threads.shutdown();
    }
}

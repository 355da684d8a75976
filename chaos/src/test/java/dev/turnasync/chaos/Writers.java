package dev.turnasync.chaos;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import javax.sql.DataSource;

/**
 * An application that writes to the table while it is changed: each transaction touches some rows, always in the same order, so that
 * its sessions cannot deadlock with each other. Keeps a ledger of what it committed.
 */
final class Writers implements AutoCloseable {

    /**
     * How an application behaves.
     *
     * @param threads how many sessions
     * @param ascending whether rows are locked in the order of their key, as a backfill does, or against it
     * @param holdMillis how long a row is held, at most, before the next one is wanted; at least three eighths of that
     * @param near how far from the place that the backfill has reached rows are chosen; 0 for the whole table
     */
    record Habit(int threads, boolean ascending, int holdMillis, int near) {}

    private static final int DELETES = 20;
    private static final int INSERTS = 10;
    private static final String ADD = "UPDATE target SET app_counter = app_counter + 1 WHERE id = ?";
    private static final String DELETE = "DELETE FROM target WHERE id = ?";
    private static final String INSERT =
            "INSERT INTO target (id, n, counter, words, app_counter) VALUES (?, -1, 0, 'new', 1)";

    private final DataSource dataSource;
    private final Habit habit;
    private final int rows;
    private final AtomicIntegerArray added;
    private final Set<Integer> deleted = ConcurrentHashMap.newKeySet();
    private final Set<Integer> inserted = ConcurrentHashMap.newKeySet();
    private final Queue<Long> micros = new ConcurrentLinkedQueue<>();
    private final Queue<String> errors = new ConcurrentLinkedQueue<>();
    private final List<Future<?>> running = new ArrayList<>();
    private final ExecutorService threads;
    private volatile int front;
    private volatile boolean stopped;

    Writers(DataSource dataSource, Habit habit, int rows) {
        this.dataSource = dataSource;
        this.habit = habit;
        this.rows = rows;
        this.added = new AtomicIntegerArray(rows + 1);
        this.threads = Executors.newFixedThreadPool(habit.threads());
    }

    void start(long seed) {
        for (var i = 0; i < habit.threads(); i++) {
            var random = new Random(seed + i);
            running.add(threads.submit(() -> write(random)));
        }
    }

    /** Tells which row the backfill has reached. */
    void front(long row) {
        front = (int) row;
    }

    /** Ends them, each after its transaction. */
    @Override
    public void close() {
        stopped = true;
        threads.shutdown();
        for (var one : running) {
            try {
                one.get();
            } catch (ExecutionException | InterruptedException e) {
                errors.add(e.toString());
            }
        }
        running.clear();
    }

    private void write(RandomGenerator random) {
        while (!stopped) {
            try (var connection = dataSource.getConnection()) {
                connection.setAutoCommit(false);
                while (!stopped) {
                    var began = System.nanoTime();
                    transaction(connection, random);
                    micros.add((System.nanoTime() - began) / 1_000);
                }
            } catch (SQLException e) {
                errors.add(e.getSQLState() + " " + e.getMessage());
            }
        }
    }

    private void transaction(Connection connection, RandomGenerator random) throws SQLException {
        var chosen = Stream.generate(() -> row(random))
                .distinct()
                .limit(random.nextInt(2, 4))
                .sorted(habit.ascending() ? Comparator.naturalOrder() : Collections.reverseOrder())
                .toList();
        var deletes = random.nextInt(DELETES) == 0;
        var hit = new ArrayList<Integer>();
        for (var row : chosen) {
            hold(connection, hit.isEmpty() ? 0 : random.nextInt(3 * habit.holdMillis() / 8, habit.holdMillis() + 1));
            if (change(connection, deletes ? DELETE : ADD, 3 * row)) {
                hit.add(row);
            }
        }
        var free = 3 * row(random) + 1;
        if (random.nextInt(INSERTS) == 0 && inserted.add(free)) {
            change(connection, INSERT, free);
        }
        connection.commit();
        hit.forEach(deletes ? deleted::add : added::incrementAndGet);
    }

    private int row(RandomGenerator random) {
        if (habit.near() == 0) {
            return random.nextInt(1, rows + 1);
        }
        var from = Math.max(1, Math.min(rows - habit.near(), front - habit.near() / 4));
        return from + random.nextInt(habit.near());
    }

    private static void hold(Connection connection, int millis) throws SQLException {
        if (millis > 0) {
            try (var statement = connection.createStatement()) {
                statement.execute("SELECT pg_sleep(" + millis / 1_000.0 + ")");
            }
        }
    }

    private static boolean change(Connection connection, String sql, int id) throws SQLException {
        try (var statement = connection.prepareStatement(sql)) {
            statement.setInt(1, id);
            return statement.executeUpdate() == 1;
        }
    }

    /** What the application met, and what the table lacks or has too much of. */
    List<String> findings(Database database) {
        var findings = new ArrayList<>(errors);
        var original = database.list(
                "SELECT id / 3 AS n, app_counter, counter FROM target WHERE id % 3 = 0",
                row -> new int[] {row.getInt(1), row.getInt(2), row.getInt(3)});
        for (var row : original) {
            if (row[1] != added.get(row[0])) {
                findings.add("row " + row[0] + " has " + row[1] + " of " + added.get(row[0]) + " writes");
            }
            if (row[2] != 1) {
                findings.add("row " + row[0] + " was changed " + row[2] + " times");
            }
            if (deleted.contains(row[0])) {
                findings.add("row " + row[0] + " was deleted and is there");
            }
        }
        if (original.size() != rows - deleted.size()) {
            findings.add(original.size() + " rows and " + deleted.size() + " deleted ones are not " + rows);
        }
        var late = database.number("SELECT count(*) FROM target WHERE id % 3 = 1 AND counter <= 1 AND app_counter = 1");
        if (late != inserted.size()) {
            findings.add(late + " of " + inserted.size() + " inserted rows are there, unchanged or changed once");
        }
        return findings;
    }

    /** Counts and times, for people. */
    String summary() {
        var sorted = micros.stream().sorted().toList();
        return sorted.size() + " transactions, median " + millis(sorted, 50) + " ms, 99% " + millis(sorted, 99)
                + " ms, longest " + millis(sorted, 100) + " ms; " + inserted.size() + " inserts, " + deleted.size()
                + " deletes, " + errors.size() + " errors";
    }

    private static double millis(List<Long> sorted, int percent) {
        return sorted.isEmpty() ? 0 : sorted.get((sorted.size() - 1) * percent / 100) / 1_000.0;
    }
}

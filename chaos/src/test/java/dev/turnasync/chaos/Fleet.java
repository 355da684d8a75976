package dev.turnasync.chaos;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.random.RandomGenerator;

/** The runners of one run. */
final class Fleet implements AutoCloseable {

    private final RunnerOptions options;
    private final Database database;
    private volatile int upstream;
    private final Path logs;
    private final List<Runner> runners = new CopyOnWriteArrayList<>();
    private int number;

    /**
     * Makes an empty fleet.
     *
     * @param options what each runner is told
     * @param database the database
     * @param upstream the port to which its runners connect, through a proxy each
     * @param logs the directory to which they write
     */
    Fleet(RunnerOptions options, Database database, int upstream, Path logs) {
        this.options = options;
        this.database = database;
        this.upstream = upstream;
        this.logs = logs;
    }

    Fleet start(int count) {
        for (var i = 0; i < count; i++) {
            start(options);
        }
        return this;
    }

    private synchronized void start(RunnerOptions told) {
        number++;
        runners.add(Runner.start(told, database.name(), upstream, logs.resolve("runner-" + number + ".log")));
    }

    /** Starts a runner in place of one that ends. */
    void replace() {
        start(options);
    }

    /** Starts a runner whose clock is wrong, such as {@code +90s}. */
    void replaceSkewed(String clock) {
        start(options.with("clock", clock));
    }

    /** Leads all runners to another port, and those that start from now on. */
    void upstream(int port) {
        upstream = port;
        runners.forEach(runner -> runner.network().upstream(port));
    }

    /** Where the runners write. */
    Path logs() {
        return logs;
    }

    Optional<Runner> byName(String worker) {
        return runners.stream().filter(runner -> runner.worker().equals(worker)).findFirst();
    }

    List<Runner> live() {
        return runners.stream().filter(Runner::isAlive).toList();
    }

    Runner random(RandomGenerator random) {
        var live = live();
        if (live.isEmpty()) {
            throw new IllegalStateException("no runner is left; see " + logs);
        }
        return live.get(random.nextInt(live.size()));
    }

    /** The runner that holds the lease. */
    Optional<Runner> leader() {
        return database.look("""
                        SELECT worker
                        FROM async_schema_lease
                        WHERE lease_until >= clock_timestamp()""", row -> row.getString(1)).flatMap(this::byName).filter(Runner::isAlive);
    }

    /** The runner whose migration is under way, also once its lease ran out. */
    Optional<Runner> owner() {
        return database.look(
                        "SELECT worker FROM async_schema_migrations WHERE status = 'RUNNING'", row -> row.getString(1))
                .flatMap(this::byName)
                .filter(Runner::isAlive);
    }

    /** Stops all runners as a deploy does; returns what went wrong. */
    List<String> stop() {
        var findings = new ArrayList<String>();
        runners.stream()
                .filter(Runner::endedByItself)
                .forEach(runner -> findings.add(runner.worker() + " ended by itself"));
        live().forEach(Runner::terminate);
        for (var runner : runners) {
            if (!runner.ended(60)) {
                findings.add(runner.worker() + " did not end within a minute of SIGTERM");
            }
        }
        return findings;
    }

    @Override
    public void close() {
        runners.forEach(Runner::close);
    }
}

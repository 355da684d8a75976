package dev.turnasync.chaos;

import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/** A queue that a fleet drains with all settings as they are by default, and how long it stands still. */
final class Drained implements AutoCloseable {

    private final RunnerOptions options;
    private final Database database;
    private final Fleet fleet;

    Drained(String kind, String name, int pause) {
        this.options = RunnerOptions.of(kind).with("defaults", true).with("pause", pause);
        this.database = Postgres.shared().database(options);
        var logs = Path.of("target", "chaos", name + "-" + kind).toAbsolutePath();
        this.fleet = new Fleet(options, database, Postgres.shared().port(), logs).start(2);
    }

    Fleet fleet() {
        return fleet;
    }

    /** Waits for some more batches. */
    void awaitProgress(Duration atMost) {
        var before = written();
        await("progress").atMost(atMost).until(() -> written() > before + 3);
    }

    /** Waits for a batch that was written after a moment; returns how long after. */
    Duration awaitBatchAfter(Instant moment, Duration atMost) {
        var first = await("a batch after " + moment)
                .atMost(atMost)
                .pollInterval(Duration.ofMillis(100))
                .until(
                        () -> database.look(
                                "SELECT at FROM journal WHERE at > ?::timestamptz + INTERVAL '300 ms' ORDER BY id LIMIT 1",
                                row -> row.getTimestamp(1),
                                moment.toString()),
                        answer -> answer.isPresent());
        return Duration.between(moment, first.orElseThrow().toInstant());
    }

    /** Waits for the end of the queue and looks for what went wrong. */
    Verdict verdict(Duration atMost) {
        await("the end of the queue")
                .atMost(atMost)
                .until(() -> database.number("SELECT count(*) FROM async_schema_migrations WHERE status <> 'SUCCEEDED'")
                        == 0);
        var findings = fleet.stop();
        var verdict = new Checker(database, options).check();
        findings.addAll(verdict.findings());
        return verdict.with(findings);
    }

    private int written() {
        return database.number("SELECT count(*) FROM journal");
    }

    @Override
    public void close() {
        fleet.close();
        Postgres.shared().start();
        Postgres.shared().drop(database);
    }
}

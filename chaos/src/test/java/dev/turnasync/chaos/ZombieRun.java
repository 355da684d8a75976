package dev.turnasync.chaos;

import static org.awaitility.Awaitility.await;

import dev.turnasync.chaos.ZombieMigration.Moment;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;

/**
 * One run in which a worker is frozen in a batch, another one takes over, and the first wakes up exactly when the second is in the
 * same batch. Its lease is long and is taken from it in the database, as when a whole machine is suspended: so its own clock tells it
 * nothing, and only what the database does can stop it.
 */
final class ZombieRun {

    /** What keeps a zombie from doing harm. */
    enum Walls {
        /** Nothing: the canary. */
        NONE,
        /** The fence alone; nobody sees its sessions. */
        FENCE,
        /** Its sessions are ended by whoever takes over; there is no fence. */
        SESSIONS,
        /** All there is. */
        BOTH;

        private RunnerOptions in(RunnerOptions options) {
            return options.with("unfenced", this == NONE || this == SESSIONS)
                    .with("hidden", this == NONE || this == FENCE);
        }

        /** Whether a batch that is under way keeps everybody off, since nobody ends its session. */
        private boolean keepsOff(Moment moment) {
            return this == FENCE && moment == Moment.IN_BATCH;
        }
    }

    private static final Duration SOON = Duration.ofSeconds(60);

    private final Walls walls;
    private final RunnerOptions options;
    private final Database database;

    private ZombieRun(Walls walls, RunnerOptions options, Database database) {
        this.walls = walls;
        this.options = options;
        this.database = database;
    }

    /** Freezes one worker in each moment; returns what came of it. */
    static Verdict run(String kind, Walls walls) throws SQLException {
        var options = walls.in(RunnerOptions.of(kind))
                .with("workload", "zombie")
                .with("migrations", Moment.values().length)
                .with("lease", 30_000);
        var database = Postgres.shared().database(options);
        try {
            return new ZombieRun(walls, options, database).run();
        } finally {
            Postgres.shared().drop(database);
        }
    }

    private Verdict run() throws SQLException {
        database.execute(ZombieMigration.TABLES);
        var logs = Path.of("target", "chaos", "zombie-" + options.text("kind") + "-" + walls);
        try (var fleet = new Fleet(options, database, Postgres.shared().port(), logs.toAbsolutePath());
                var holds = new Holds(database)) {
            for (var moment : Moment.values()) {
                holds.lock(ZombieMigration.lock(moment, 1));
                holds.lock(ZombieMigration.lock(moment, 2));
            }
            fleet.start(2);
            for (var moment : Moment.values()) {
                meet(moment, fleet, holds);
            }
            until("the end of the queue", () -> count("async_schema_migrations WHERE status <> 'SUCCEEDED'") == 0);
            fleet.stop();
        }
        return new Checker(database, options).check();
    }

    private void meet(Moment moment, Fleet fleet, Holds holds) {
        var first = ZombieMigration.lock(moment, 1);
        var second = ZombieMigration.lock(moment, 2);
        until("a batch " + moment, () -> holds.rows().contains(first));
        var zombie =
                await().atMost(SOON).until(fleet::owner, Optional::isPresent).orElseThrow();
        zombie.freeze();
        holds.letGo(first);
        expireLease(1);
        if (walls.keepsOff(moment)) {
            until(
                    "a second in which others try",
                    () -> count("async_schema_lease WHERE worker = '" + zombie.worker()
                                    + "' AND lease_until < clock_timestamp() - INTERVAL '2 seconds'")
                            == 1);
            // Else it would go on to the next migration with a lease that anybody may take from it at any moment.
            expireLease(-30);
        } else {
            until("the successor in the same batch", () -> holds.rows().contains(second));
        }
        zombie.thaw();
        until("what the zombie does", () -> hasActed(ZombieMigration.number(moment)));
        holds.letGo(second);
        until(
                "the end of " + moment,
                () -> count("async_schema_migrations WHERE status = 'SUCCEEDED'") >= ZombieMigration.number(moment));
    }

    private void expireLease(int secondsAgo) {
        database.execute(
                "UPDATE async_schema_lease SET lease_until = clock_timestamp() - INTERVAL '1 second' * " + secondsAgo);
    }

    private boolean hasActed(int migration) {
        return count("journal WHERE attempt = 1 AND batch = " + ZombieMigration.BATCH + " AND migration = " + migration)
                        + count("refused WHERE attempt = 1 AND migration = " + migration)
                > 0;
    }

    private int count(String rows) {
        return database.number("SELECT count(*) FROM " + rows);
    }

    private static void until(String what, Callable<Boolean> condition) {
        await(what).atMost(SOON).pollInterval(Duration.ofMillis(10)).until(condition);
    }
}

package dev.turnasync.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.QueueEntry.Waiting;
import dev.turnasync.database.TestDatabase;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import dev.turnasync.fixture.Script.Body;
import dev.turnasync.resumable.Throttle.Probe;
import dev.turnasync.resumable.Throttle.Reading;
import dev.turnasync.resumable.Throttle.WhenUnknown;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ThrottleTest {

    private static final ZoneId UTC = ZoneId.of("UTC");

    private static Body backfill(Throttle... throttles) {
        return context -> context.backfill()
                .over("t")
                .set("c = c + 1")
                .batchSize(10, 10)
                .throttledBy(throttles)
                .run();
    }

    private static Deployment deployment(Body body) {
        var build = Deployment.of(Script.async("1", body).inPieces());
        build.database().execute("CREATE TABLE t (id int PRIMARY KEY, c int DEFAULT 0)");
        build.database().execute("INSERT INTO t SELECT n FROM generate_series(1, 100) AS n");
        build.database().execute("CREATE TABLE load (figure double precision)");
        build.database().execute("INSERT INTO load VALUES (1)");
        return build.migrate();
    }

    private static Object changed(Deployment build) {
        return build.database().column("SELECT count(*) FROM t WHERE c = 1").get(0);
    }

    private static Throttle load(WhenUnknown whenUnknown) {
        return Throttle.sql("load", "SELECT figure FROM load", 5, whenUnknown);
    }

    private static @Nullable Waiting waiting(Deployment build) {
        return build.entry("1").progress().waiting();
    }

    @Test
    void waitsAtTheLimitShowsWhyAndGoesOn() throws Exception {
        try (var build = deployment(backfill(load(WhenUnknown.WAIT)))) {
            build.database().execute("UPDATE load SET figure = 10");
            var result = CompletableFuture.supplyAsync(build.node()::drain);

            await().untilAsserted(() -> {
                var waiting = waiting(build);
                assertThat(waiting).isNotNull();
                assertThat(waiting.reason()).contains("load: 10", "limit 5");
                assertThat(waiting.utilisation()).isEqualTo(2.0);
                assertThat(waiting.since()).isNotNull();
            });
            assertThat(build.status("1")).isEqualTo(EntryStatus.RUNNING);
            assertThat(changed(build)).isEqualTo(0L);

            build.database().execute("UPDATE load SET figure = 1");
            assertThat(result.get().succeeded()).isEqualTo(1);
            assertThat(changed(build)).isEqualTo(100L);
            assertThat(waiting(build)).isNull();
        }
    }

    @Test
    void doesAsToldWhileASignalCannotBeRead() throws Exception {
        try (var build = deployment(backfill(load(WhenUnknown.PROCEED)))) {
            build.database().execute("DROP TABLE load");
            assertThat(build.node().drain().succeeded()).isEqualTo(1);
        }
        try (var build = deployment(backfill(load(WhenUnknown.WAIT)))) {
            build.database().execute("DELETE FROM load");
            var node = build.node();
            var result = CompletableFuture.supplyAsync(node::drain);
            await().until(() -> waiting(build) != null);
            assertThat(String.valueOf(waiting(build))).contains("load returned no number");
            node.close();

            assertThat(result.get().handedBack()).isEqualTo(1);
            assertThat(build.status("1")).isEqualTo(EntryStatus.QUEUED);
        }
    }

    /** Open and closed in turn at every look: nothing is stranded, and every row is changed once. */
    @Test
    void strandsNothingWhenASignalFlaps() {
        var looks = new AtomicInteger();
        Throttle flapping = probe -> new Reading(looks.incrementAndGet() % 2 == 0 ? 0.0 : 1.0, "flapping");
        Body body = context -> context.backfill()
                .over("t")
                .set("c = c + 1")
                .batchSize(40, 40)
                .parallelism(2)
                .throttledBy(flapping)
                .run();
        try (var build = deployment(body)) {
            assertThat(build.node().drain().succeeded()).isEqualTo(1);
            assertThat(changed(build)).isEqualTo(100L);
            assertThat(looks).hasValueGreaterThanOrEqualTo(2);
        }
    }

    /** Restrained between seven tenths and the limit, so the rest is longer than none and no longer than the batch. */
    @Test
    void slowsDownBelowTheLimit() {
        Throttle near = probe -> new Reading(0.85, "near");
        try (var build = deployment(backfill(near))) {
            assertThat(build.node().drain().succeeded()).isEqualTo(1);
            assertThat(changed(build)).isEqualTo(100L);
        }
    }

    @Test
    void waitsAMomentForSessionsThatWaitedForItsLocks() throws Exception {
        Body body = context -> context.backfill()
                .over("t")
                .batchSize(10, 10)
                .throttledBy(Throttle.lockWaiters(1))
                .run(batch -> {
                    try (var statement = batch.connection().createStatement()) {
                        statement.execute("UPDATE t SET c = c + 1 WHERE " + batch.condition());
                        if (batch.condition().contains("> ('50'")) {
                            statement.execute("INSERT INTO load VALUES (2)");
                            try (var other =
                                    context.getConfiguration().getDataSource().getConnection()) {
                                awaitWaiter(other);
                            }
                        }
                    }
                });
        try (var build = deployment(body)) {
            var blocked = CompletableFuture.runAsync(() -> {
                await().until(() -> (long) changed(build) == 50);
                build.database().execute("UPDATE t SET c = c WHERE id = 55");
            });
            var seen = CompletableFuture.runAsync(() -> await().until(() ->
                    String.valueOf(waiting(build)).contains("sessions that wait for a lock of this batch")));
            assertThat(build.node().drain().succeeded()).isEqualTo(1);
            blocked.get();
            seen.get();
            assertThat(changed(build)).isEqualTo(100L);
        }
    }

    private static void awaitWaiter(Connection other) {
        await().until(() -> {
            try (var statement = other.createStatement();
                    var row = statement.executeQuery(
                            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                                    + " AND datname = current_database()")) {
                return row.next() && row.getLong(1) > 0;
            }
        });
    }

    private static Reading read(TestDatabase database, Throttle throttle) throws SQLException {
        try (var connection = database.dataSource().getConnection()) {
            return throttle.read(new Probe(connection, "public.t"));
        }
    }

    @Test
    void readsTheSystemViewsOfPostgresql() throws SQLException {
        try (var database = TestDatabase.fresh()) {
            database.execute("CREATE TABLE t (id int)");

            assertThat(read(database, Throttle.replicaLag(Duration.ofSeconds(5), WhenUnknown.WAIT)))
                    .isEqualTo(new Reading(0.0, "no replica: 0.0 s, limit 5.0 s"));
            assertThat(read(database, Throttle.walBacklog(1_000, WhenUnknown.WAIT))
                            .utilisation())
                    .isZero();
            assertThat(read(database, Throttle.autovacuum(WhenUnknown.WAIT)).utilisation())
                    .isZero();
            assertThat(read(database, Throttle.wraparoundVacuum(WhenUnknown.WAIT))
                            .utilisation())
                    .isZero();
            assertThat(read(database, Throttle.lockWaiters(1)).utilisation()).isZero();
        }
    }

    @Test
    void seesTransactionsOfOthersThatAreOld() throws SQLException {
        try (var database = TestDatabase.fresh();
                var other = database.dataSource().getConnection();
                var mine = database.dataSource().getConnection()) {
            mine.createStatement().execute("SET application_name = 'mine'");
            other.setAutoCommit(false);
            other.createStatement().execute("SELECT 1");
            var signal = Throttle.longTransactions(Duration.ofMillis(1), WhenUnknown.WAIT);

            await().untilAsserted(() -> {
                var reading = signal.read(new Probe(mine, "t"));
                assertThat(reading.utilisation()).isNotNull().isGreaterThan(1);
                assertThat(reading.text()).contains("transaction of pid");
            });
        }
    }

    /** A slot that nobody reads keeps write-ahead log, and is a replica that was lost. */
    @Test
    void seesASlotThatNobodyReads() throws SQLException {
        try (var database = TestDatabase.fresh()) {
            var slot = "s" + UUID.randomUUID().toString().replace("-", "");
            database.column("SELECT pg_create_physical_replication_slot(?, TRUE)", slot);
            try {
                database.execute("SET synchronous_commit = on; CREATE TABLE wal AS SELECT generate_series(1, 10000)");

                assertThat(read(database, Throttle.walBacklog(1_000, WhenUnknown.WAIT))
                                .text())
                        .contains("slot " + slot);
                assertThat(read(database, Throttle.walBacklog(1_000, WhenUnknown.WAIT))
                                .utilisation())
                        .isGreaterThan(1);
                assertThat(read(database, Throttle.replicaLag(Duration.ofSeconds(5), WhenUnknown.WAIT)))
                        .isEqualTo(new Reading(null, "the replica of slot " + slot + " is not connected"));
            } finally {
                database.column("SELECT pg_drop_replication_slot(?)", slot);
            }
        }
    }

    @Test
    void knowsItsWindow() throws SQLException {
        try (var database = TestDatabase.fresh()) {
            assertThat(read(database, Throttle.between(LocalTime.MIN, LocalTime.MAX, UTC))
                            .utilisation())
                    .isZero();
            assertThat(read(database, Throttle.between(LocalTime.MAX, LocalTime.MIN, UTC))
                            .utilisation())
                    .isEqualTo(1.0);
        }
    }

    @Test
    void tellsWhatARoleMayNotSee() throws SQLException {
        try (var database = TestDatabase.fresh()) {
            database.execute("CREATE TABLE t (id int)");
            var role = "r" + UUID.randomUUID().toString().replace("-", "");
            database.execute("CREATE ROLE " + role + " LOGIN");
            try (var other = database.dataSource().getConnection();
                    var mine = database.dataSourceAs(role).getConnection()) {
                other.setAutoCommit(false);
                other.createStatement().execute("SELECT 1");

                var reading = Throttle.longTransactions(Duration.ofHours(1), WhenUnknown.WAIT)
                        .read(new Probe(mine, "public.t"));

                assertThat(reading.utilisation()).isNull();
                assertThat(reading.text()).contains("only shown to pg_monitor");
            }
        }
    }
}

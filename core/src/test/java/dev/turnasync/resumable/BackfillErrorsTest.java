package dev.turnasync.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import dev.turnasync.fixture.Script.Body;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a backfill says when it cannot go on, what becomes of its entry, and that it keeps its place. */
class BackfillErrorsTest {

    private static final String ROWS = "INSERT INTO t SELECT n FROM generate_series(1, 2000) AS n";

    private static final Body COUNT = context -> context.backfill()
            .over("t")
            .set("c = COALESCE(c, 0) + 1")
            .batchSize(10, 64)
            .run();

    private static Deployment deployment(Body body, String... preparation) {
        var build = Deployment.of(Script.async("1", body).inPieces());
        for (var sql : preparation) {
            build.database().execute(sql);
        }
        return build.migrate();
    }

    private static String failure(Deployment build) {
        var failure = build.node().drain().failure();
        assertThat(failure).isNotNull();
        return String.valueOf(failure.getMessage());
    }

    private static Object one(Deployment build, String sql) {
        return build.database().column(sql).get(0);
    }

    @Test
    void namesTheRowThatCannotBeChangedAndStandsBeforeIt() {
        try (var build =
                deployment(COUNT, "CREATE TABLE t (id int PRIMARY KEY, c int CHECK (id <> 1234 OR c IS NULL))", ROWS)) {
            assertThat(failure(build)).contains("(\"id\") = ('1234'::integer)", "violates check constraint");

            assertThat(build.status("1")).isEqualTo(EntryStatus.FAILED);
            assertThat(one(build, "SELECT max(id) FROM t WHERE c = 1")).isEqualTo(1233);
            build.database().execute("ALTER TABLE t DROP CONSTRAINT t_check");
            build.node().queue().retry("1", "anna", "the row is mended");
            assertThat(build.node().drain().succeeded()).isEqualTo(1);
            assertThat(one(build, "SELECT count(*) FROM t WHERE c = 1")).isEqualTo(2000L);
        }
    }

    @Test
    void keepsItsPlaceWhenAColumnIsDroppedInTheMiddle() {
        Body body = context -> context.backfill().over("t").batchSize(50, 50).run(batch -> {
            try (var statement = batch.connection().createStatement()) {
                statement.execute("UPDATE t SET c = COALESCE(c, 0) + 1 WHERE " + batch.condition());
                if (batch.condition().contains("'1000'") && context.attempt() == 1) {
                    statement.execute("SELECT gone FROM t");
                }
            }
        });
        try (var build = deployment(body, "CREATE TABLE t (id int PRIMARY KEY, c int)", ROWS)) {
            assertThat(failure(build)).contains("column \"gone\" does not exist");

            assertThat(build.status("1")).isEqualTo(EntryStatus.FAILED);
            assertThat((int) one(build, "SELECT max(id) FROM t WHERE c = 1")).isEqualTo(950);
            build.node().queue().retry("1", "anna", "mended");
            build.node().drain();
            assertThat(one(build, "SELECT count(*) FROM t WHERE c = 1")).isEqualTo(2000L);
        }
    }

    static Stream<Arguments> refusals() {
        return Stream.of(
                Arguments.of(COUNT, "CREATE TABLE other (id int)", "there is no table \"t\""),
                Arguments.of(COUNT, "CREATE VIEW t AS SELECT 1 AS id, 2 AS c", "is not a table but a view"),
                Arguments.of(COUNT, "CREATE TABLE t (id int, c int)", "has no unique key"),
                Arguments.of(
                        COUNT,
                        "CREATE TABLE t (id int UNIQUE DEFERRABLE NOT NULL, c int)",
                        "DEFERRABLE constraint only"),
                Arguments.of(
                        keyed("id"),
                        "CREATE TABLE t (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, c int)",
                        "DEFERRABLE constraint only, t_pkey"),
                Arguments.of(COUNT, "CREATE SEQUENCE t", "public.t is not a table but a sequence"),
                Arguments.of(
                        COUNT,
                        "CREATE MATERIALIZED VIEW t AS SELECT 1 AS id, 2 AS c",
                        "not a table but a materialized view"),
                Arguments.of(
                        COUNT,
                        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;"
                                + " CREATE FOREIGN TABLE t (id int, c int) SERVER s",
                        "not a table but a foreign table"),
                Arguments.of(
                        COUNT,
                        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;"
                                + " CREATE TABLE t (id int, c int) PARTITION BY LIST (id);"
                                + " CREATE FOREIGN TABLE t1 PARTITION OF t DEFAULT SERVER s",
                        "has a foreign partition, t1"),
                Arguments.of(
                        COUNT,
                        "CREATE TABLE t (id int PRIMARY KEY, c int);"
                                + " CREATE RULE r AS ON UPDATE TO t DO INSTEAD NOTHING; INSERT INTO t VALUES (1)",
                        "public.t has the rule r ON UPDATE"),
                Arguments.of(
                        COUNT,
                        "CREATE DOMAIN d AS text; CREATE TABLE t (id d[] PRIMARY KEY, c int);"
                                + " INSERT INTO t VALUES ('{long}'); ALTER DOMAIN d ADD CHECK (length(value) < 3) NOT VALID",
                        "the domain d, whose constraint d_check is NOT VALID"),
                Arguments.of(
                        COUNT, "CREATE TABLE t (id int PRIMARY KEY, c int); CREATE TABLE u () INHERITS (t)", "inherit"),
                Arguments.of(
                        keyed("id"),
                        "CREATE TABLE t (id int, c int); CREATE INDEX ON t (id)",
                        "nothing makes [id] unique"),
                Arguments.of(
                        keyed("id"),
                        "CREATE TABLE t (id int UNIQUE, c int); INSERT INTO t VALUES (1), (NULL)",
                        "NULL in the key (\"id\")"),
                Arguments.of(
                        keyed("c", "id"),
                        "CREATE TABLE t (id int PRIMARY KEY, c int)",
                        "no B-tree index of public.t begins with [c, id]"),
                Arguments.of(keyed("id; DROP TABLE t"), "CREATE TABLE t (id int PRIMARY KEY, c int)", "nothing makes"));
    }

    private static Body keyed(String... columns) {
        return context ->
                context.backfill().over("t").keyedBy(columns).set("c = 1").run();
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void refusesWhatItCannotDoRight(Body body, String preparation, String message) {
        try (var build = deployment(body, preparation)) {
            assertThat(failure(build)).contains(message);
            assertThat(build.status("1")).isEqualTo(EntryStatus.FAILED);
        }
    }

    /** A type whose ">" says something else than its index. */
    @Test
    void refusesAKeyThatDoesNotAdvance() {
        try (var build = deployment(
                COUNT,
                "CREATE TYPE odd AS (v int)",
                "CREATE FUNCTION above(odd, odd) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT TRUE'",
                "CREATE OPERATOR > (LEFTARG = odd, RIGHTARG = odd, FUNCTION = above)",
                "CREATE TABLE t (id odd PRIMARY KEY, c int)",
                "INSERT INTO t SELECT ROW(n)::odd FROM generate_series(1, 5000) AS n")) {
            assertThat(failure(build)).contains("does not advance beyond", "keyedBy(…)");
            assertThat(build.status("1")).isEqualTo(EntryStatus.FAILED);
        }
    }

    @Test
    void refusesAKeyThatDoesNotSurviveBeingWritten() {
        Body lossy = context -> {
            try (var statement = context.getConnection().createStatement()) {
                statement.execute("SET extra_float_digits = -10");
            }
            COUNT.run(context);
        };
        try (var build = deployment(
                lossy,
                "CREATE TABLE t (id double precision PRIMARY KEY, c int)",
                "INSERT INTO t SELECT 1 + n * 1e-12 FROM generate_series(1, 500) AS n")) {
            assertThat(failure(build)).contains("does not survive being written and read");
            assertThat(build.status("1")).isEqualTo(EntryStatus.FAILED);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "email"})
    void refusesAKeyWhoseOperatorsAreNotOnTheSearchPath(String key) {
        Body body = context -> {
            var backfill = context.backfill().over("t").set("c = 1");
            (key.isEmpty() ? backfill : backfill.keyedBy(key)).run();
        };
        try (var build = deployment(
                body,
                "CREATE SCHEMA ext",
                "CREATE EXTENSION citext SCHEMA ext",
                "CREATE TABLE t (email ext.citext PRIMARY KEY, c int)",
                "INSERT INTO t VALUES ('mike'), ('Zed')")) {
            assertThat(failure(build)).contains("are in schema ext, which is not on the search path");

            build.database().execute("ALTER EXTENSION citext SET SCHEMA public");
            build.node().queue().retry("1", "anna", "moved");
            assertThat(build.node().drain().succeeded()).isEqualTo(1);
        }
    }

    @Test
    void refusesToRunWhereItMayNotSeeAllRows() throws Exception {
        try (var build = deployment(COUNT, "CREATE TABLE t (id int PRIMARY KEY, c int)", ROWS)) {
            build.database().execute("ALTER TABLE t ENABLE ROW LEVEL SECURITY");
            build.database().execute("CREATE POLICY few ON t USING (id < 10)");
            var role = "r" + UUID.randomUUID().toString().replace("-", "");
            build.database().execute("CREATE ROLE " + role + " LOGIN");
            build.database().execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO " + role);
            var restricted = build.node(AsyncMigrations.builder(build.flyway())
                    .dataSource(build.database().dataSourceAs(role)));

            assertThat(restricted.drain().failure()).hasMessageContaining("row-level security may hide rows");
            assertThat(one(build, "SELECT count(*) FROM t WHERE c = 1")).isEqualTo(0L);
        }
    }

    /** SQLSTATE 53100, as PostgreSQL says it; {@link FullDiskTest} fills a real one where it may. */
    @Test
    void waitsForTheNextAttemptWhenTheDiskIsFull() {
        try (var build = deployment(
                COUNT,
                "CREATE TABLE t (id int PRIMARY KEY, c int)",
                ROWS,
                "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NEW.id = 500 THEN RAISE EXCEPTION"
                        + " ''could not extend file: No space left on device'' USING ERRCODE = ''53100''; END IF; RETURN NEW; END'",
                "CREATE TRIGGER full_disk BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION full_disk()")) {
            var failure = build.node().worker().drainOne().failure();
            assertThat(String.valueOf(failure)).contains("No space left on device");
            assertThat(build.status("1")).isEqualTo(EntryStatus.RETRYABLE);

            build.database().execute("DROP TRIGGER full_disk ON t");
            assertThat(build.node().drain().succeeded()).isEqualTo(1);
            assertThat(one(build, "SELECT count(*) FROM t WHERE c = 1")).isEqualTo(2000L);
        }
    }

    @Test
    void findsNullKeysThatCameWhileItRan() {
        Body body = context -> context.backfill()
                .over("t")
                .keyedBy("id")
                .batchSize(500, 500)
                .run(batch -> {
                    try (var statement = batch.connection().createStatement()) {
                        statement.execute("INSERT INTO t (id) VALUES (NULL)");
                    }
                });
        try (var build = deployment(body, "CREATE TABLE t (id int UNIQUE, c int)", ROWS)) {
            assertThat(failure(build)).contains("NULL in the key");
        }
    }

    @Test
    void refusesAMigrationThatIsOneTransaction() {
        var migration = Script.async("1", COUNT);
        try (var build = Deployment.of(migration)) {
            build.database().execute("CREATE TABLE t (id int PRIMARY KEY, c int)");
            build.migrate();
            assertThat(failure(build)).contains("canExecuteInTransaction() return false");
            assertThat(build.status("1")).isEqualTo(EntryStatus.FAILED);
        }
    }

    @Test
    void refusesTwoOfOneName() {
        Body body = context -> {
            COUNT.run(context);
            COUNT.run(context);
        };
        try (var build = deployment(body, "CREATE TABLE t (id int PRIMARY KEY, c int)", ROWS)) {
            assertThat(failure(build)).contains("there are two named \"t\"", "named(…)");
            assertThat(one(build, "SELECT count(*) FROM t WHERE c = 1")).isEqualTo(2000L);
        }
    }

    @Test
    void refusesToGoOnInAnotherOrder() {
        var key = new AtomicReference<>("id");
        Body body = context -> {
            context.backfill().over("t").keyedBy(key.get()).run(batch -> {
                throw new AsyncMigrationException("again");
            });
        };
        try (var build = deployment(
                body,
                "CREATE TABLE t (id int PRIMARY KEY, k int UNIQUE NOT NULL GENERATED ALWAYS AS IDENTITY, c int)",
                ROWS)) {
            build.node().worker().drainOne();
            key.set("k");
            assertThat(failure(build)).contains("it began by (\"id\") and is now by (\"k\")");
        }
    }

    @Test
    void failsWhenItsCheckDoesNotHold() {
        Body body = context -> context.backfill()
                .over("t")
                .set("c = 1")
                .where("id < 1000")
                .verify("all rows have a c", "SELECT NOT EXISTS (SELECT FROM t WHERE c IS NULL)")
                .run();
        try (var build = deployment(body, "CREATE TABLE t (id int PRIMARY KEY, c int)", ROWS)) {
            assertThat(failure(build)).contains("this does not hold: all rows have a c");
            assertThat(build.status("1")).isEqualTo(EntryStatus.FAILED);
        }
    }

    @Test
    void endsWhenRowsStillMatchAfterTheyWereChanged() {
        Body body = context -> context.backfill()
                .over("t")
                .set("c = NULL")
                .where("c IS NULL")
                .untilNoneMatches()
                .run();
        try (var build = deployment(body, "CREATE TABLE t (id int PRIMARY KEY, c int)", ROWS)) {
            assertThat(failure(build)).contains("(\"id\") = ('1'::integer)", "still matches after it was changed");
            assertThat(build.status("1")).isEqualTo(EntryStatus.FAILED);
        }
    }

    @Test
    void waitsForARowThatAnotherSessionHoldsAndShowsWho() throws Exception {
        try (var build = deployment(COUNT, "CREATE TABLE t (id int PRIMARY KEY, c int)", ROWS);
                var other = build.database().dataSource().getConnection()) {
            other.setAutoCommit(false);
            try (var statement = other.createStatement()) {
                statement.execute("SET application_name = 'the nightly report'");
                statement.execute("SELECT * FROM t WHERE id = 777 FOR UPDATE");
            }
            var result = CompletableFuture.supplyAsync(build.node()::drain);
            Awaitility.await().untilAsserted(() -> {
                var waiting = build.entry("1").progress().waiting();
                assertThat(waiting).isNotNull();
                assertThat(waiting.reason()).contains("the nightly report", "FOR UPDATE");
            });
            Awaitility.await()
                    .untilAsserted(() -> assertThat(one(build, "SELECT max(id) FROM t WHERE c = 1"))
                            .isEqualTo(776));
            assertThat(build.status("1")).isEqualTo(EntryStatus.RUNNING);
            other.rollback();

            assertThat(result.get().succeeded()).isEqualTo(1);
            assertThat(one(build, "SELECT count(*) FROM t WHERE c = 1")).isEqualTo(2000L);
        }
    }

    @Test
    void triesASingleRowFortyTimesAndNamesIt() throws Exception {
        Body body = context -> context.backfill()
                .over("t")
                .set("c = 1")
                .batchSize(1, 1)
                .target(Duration.ofMillis(10))
                .run();
        try (var build = deployment(
                        body,
                        "CREATE TABLE t (id int PRIMARY KEY, c int)",
                        "INSERT INTO t SELECT n FROM generate_series(1, 80) AS n");
                var other = build.database().dataSource().getConnection()) {
            other.setAutoCommit(false);
            try (var statement = other.createStatement()) {
                statement.execute("SET application_name = 'the nightly report'");
                statement.execute("SELECT * FROM t WHERE id = 77 FOR UPDATE");
            }

            assertThat(String.valueOf(build.node().worker().drainOne().failure().getMessage()))
                    .contains("the row (\"id\") = ('77'::integer)", "in 40 tries", "the nightly report");
            assertThat(one(build, "SELECT max(id) FROM t WHERE c = 1")).isEqualTo(76);
        }
    }

    /** The role's limit is for the application; a row of whose triggers one takes long may take longer. */
    @Test
    void givesASingleRowItsTimeWhateverTheRoleIsLimitedTo() {
        try (var build = deployment(
                COUNT,
                "CREATE TABLE t (id int PRIMARY KEY, c int)",
                "INSERT INTO t VALUES (1)",
                "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1.2); RETURN NEW; END'",
                "CREATE TRIGGER slow BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION slow()",
                "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET statement_timeout = ''1s''', current_database()); END $$")) {
            assertThat(build.node().drain().succeeded()).isEqualTo(1);
        }
    }

    /** In the first batch, rows move within it; in the second one, a row moves out of it. */
    @Test
    void refusesAChangeOfTheKeyInAnyBatch() {
        Body body = context -> context.backfill()
                .over("t")
                .keyedBy("place")
                .set("\"place\" = t.place + 5, c = COALESCE(c, 0) + 1")
                .where("place IN (5, 95, 199)")
                .batchSize(100, 100)
                .run();
        try (var build = deployment(
                body,
                "CREATE TABLE t (place int PRIMARY KEY, c int)",
                "INSERT INTO t SELECT n FROM generate_series(1, 400) AS n WHERE n NOT IN (10, 100, 204)")) {
            assertThat(failure(build)).contains("set(…) changes the key (\"place\")");
            assertThat(one(build, "SELECT max(c) FROM t")).isEqualTo(1);
        }
    }

    /** A batch of more than one row must not take longer than twice the target; a single row may. */
    @Test
    void splitsBatchesThatTakeTooLong() {
        Body body = context -> context.backfill()
                .over("t")
                .set("c = COALESCE(c, 0) + 1")
                .target(Duration.ofMillis(20))
                .run();
        try (var build = deployment(
                body,
                "CREATE TABLE t (id int PRIMARY KEY, c int)",
                "INSERT INTO t SELECT n FROM generate_series(1, 30) AS n",
                "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.015); RETURN NEW; END'",
                "CREATE TRIGGER slow BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION slow()")) {
            assertThat(build.node().drain().failure()).isNull();
            assertThat(one(build, "SELECT count(*) FROM t WHERE c = 1")).isEqualTo(30L);
            assertThat((long)
                            one(build, "SELECT max(rows) FROM (SELECT count(*) AS rows FROM t GROUP BY xmin::text) b"))
                    .isLessThanOrEqualTo(2);
        }
    }

    @Test
    void stopsWhenMostBatchesFail() {
        Body body = context -> context.backfill().over("t").batchSize(4, 8).run(batch -> {
            if (batch.size() > 1) {
                try (var statement = batch.connection().createStatement()) {
                    statement.execute("SET LOCAL statement_timeout = 1; SELECT pg_sleep(1)");
                }
            }
        });
        try (var build = deployment(body, "CREATE TABLE t (id int PRIMARY KEY, c int)", ROWS)) {
            assertThat(String.valueOf(build.node().worker().drainOne().failure().getMessage()))
                    .contains("more than half of the last batches", "statement timeout");
            assertThat(build.status("1")).isEqualTo(EntryStatus.RETRYABLE);
        }
    }
}

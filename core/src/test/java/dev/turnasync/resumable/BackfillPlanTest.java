package dev.turnasync.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.database.TestDatabase;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import dev.turnasync.fixture.Script.Body;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A checkpoint is used only where it means what it meant when it was written. */
@Timeout(120)
class BackfillPlanTest {

    private static final int BATCH = 50;

    private static Deployment deployment(Body body, String... preparation) {
        var build = Deployment.of(Script.async("1", body).inPieces());
        for (var sql : preparation) {
            build.database().execute(sql);
        }
        return build.migrate();
    }

    private static void sql(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String failure(Deployment build) {
        return String.valueOf(build.node().drain().failure());
    }

    private static Object count(Deployment build, String condition) {
        return build.database()
                .column("SELECT count(*) FROM t WHERE " + condition)
                .get(0);
    }

    /** What a deploy does to a key, and what a backfill says to it; nothing when the order is kept. */
    static Stream<Arguments> deploys() {
        return Stream.of(
                Arguments.of(
                        "id text PRIMARY KEY",
                        "n",
                        "ALTER TABLE t ALTER id TYPE bigint USING id::bigint",
                        "the type of \"id\" was text and is now bigint"),
                Arguments.of(
                        "id text COLLATE \"en-x-icu\" PRIMARY KEY",
                        "chr(65 + n % 2 * 32) || n",
                        "ALTER TABLE t ALTER id TYPE text COLLATE \"C\"",
                        "the collation of \"id\" was pg_catalog.\"en-x-icu\""),
                Arguments.of(
                        "id int PRIMARY KEY", "n", "ALTER TABLE t DROP CONSTRAINT t_pkey", "nothing makes [id] unique"),
                Arguments.of(
                        "id int PRIMARY KEY",
                        "n",
                        "BEGIN; CREATE TABLE u (LIKE t INCLUDING ALL); INSERT INTO u SELECT * FROM t; DROP TABLE t;"
                                + " ALTER TABLE u RENAME TO t; COMMIT",
                        "public.t is not the table it began with"),
                Arguments.of(
                        "id timestamp PRIMARY KEY",
                        "timestamp '2026-01-01' + n * interval '1 day'",
                        "ALTER TABLE t ALTER id TYPE timestamptz",
                        "the type of \"id\" was timestamp without time zone and is now timestamp with time zone"),
                Arguments.of("id int PRIMARY KEY", "n", "ALTER TABLE t ALTER id TYPE bigint", ""),
                Arguments.of("id varchar(9) PRIMARY KEY", "n", "ALTER TABLE t ALTER id TYPE text", ""),
                Arguments.of(
                        "id int NOT NULL UNIQUE",
                        "n",
                        "ALTER TABLE t ADD other int GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
                        ""));
    }

    private static String[] table(String column, String value) {
        return new String[] {
            "CREATE TABLE t (c int DEFAULT 0, " + column + ")",
            "INSERT INTO t (id) SELECT " + value + " FROM generate_series(1, 400) AS n"
        };
    }

    private static void count(Batch batch) throws SQLException {
        sql(batch.connection(), "UPDATE t SET c = c + 1 WHERE " + batch.condition());
    }

    private static void requireAnswer(Deployment build, String answer, String failure) {
        if (answer.isEmpty()) {
            assertThat(build.status("1")).isEqualTo(EntryStatus.SUCCEEDED);
            assertThat(count(build, "c = 1")).isEqualTo(400L);
        } else {
            assertThat(failure).contains(answer);
            assertThat(build.status("1")).isEqualTo(EntryStatus.FAILED);
            assertThat(count(build, "c > 1")).isEqualTo(0L);
        }
    }

    @ParameterizedTest
    @MethodSource("deploys")
    void goesOnInTheSameOrderOnly(String column, String value, String deploy, String answer) {
        var batches = new AtomicInteger();
        Body body = context -> context.backfill()
                .over("t")
                .parallelism(2)
                .batchSize(BATCH, BATCH)
                .run(batch -> {
                    if (batches.incrementAndGet() == 4) {
                        throw new AsyncMigrationException("the deploy comes");
                    }
                    count(batch);
                });
        try (var build = deployment(body, table(column, value))) {
            assertThat(build.node().worker().drainOne().failure()).hasMessageContaining("the deploy comes");
            build.database().execute(deploy);

            requireAnswer(build, answer, failure(build));
        }
    }

    /** The deploy waits for the third batch, and comes before the next. */
    @ParameterizedTest
    @MethodSource("deploys")
    void noticesBetweenTwoBatchesWhatADeployDoes(String column, String value, String deploy, String answer) {
        var batches = new AtomicInteger();
        var deployed = new AtomicReference<CompletableFuture<Void>>();
        try (var build = deployment(
                context -> context.backfill().over("t").batchSize(BATCH, BATCH).run(batch -> {
                    count(batch);
                    if (batches.incrementAndGet() == 3) {
                        deployed.set(waiting(context, deploy));
                    }
                }),
                table(column, value))) {
            var failure = failure(build);

            deployed.get().join();
            requireAnswer(build, answer, failure);
        }
    }

    /** Runs SQL in another session, which has come to wait for a lock. */
    private static CompletableFuture<Void> waiting(AsyncContext context, String sql) {
        var source = context.getConfiguration().getDataSource();
        var done = CompletableFuture.runAsync(() -> {
            try (var other = source.getConnection()) {
                sql(other, sql);
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        });
        await().pollInterval(Duration.ofMillis(10)).until(() -> {
            try (var other = source.getConnection();
                    var statement = other.createStatement();
                    var row = statement.executeQuery("SELECT FROM pg_locks l JOIN pg_class c ON c.oid = l.relation"
                            + " WHERE c.relname = 't' AND NOT l.granted")) {
                return row.next();
            }
        });
        return done;
    }

    @Test
    void leavesEnumsTheirNewLabelsAndRefusesOtherOrders() {
        var batches = new AtomicInteger();
        try (var build = deployment(
                context -> context.backfill()
                        .over("t")
                        .keyedBy("mood", "id")
                        .batchSize(BATCH, BATCH)
                        .run(batch -> {
                            count(batch);
                            if (batches.incrementAndGet() % 3 == 0) {
                                throw new AsyncMigrationException("again");
                            }
                        }),
                "CREATE TYPE mood AS ENUM ('sad', 'ok')",
                "CREATE TABLE t (id int PRIMARY KEY, mood mood NOT NULL, c int DEFAULT 0)",
                "CREATE INDEX ON t (mood, id)",
                "INSERT INTO t SELECT n, (ARRAY['sad', 'ok'])[1 + n % 2]::mood FROM generate_series(1, 400) AS n")) {
            build.node().worker().drainOne();
            build.database().execute("ALTER TYPE mood ADD VALUE 'fine' BEFORE 'ok'");
            assertThat(build.node().worker().drainOne().failure()).hasMessageContaining("again");
            build.database().execute("ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'");
            assertThat(failure(build))
                    .contains("the type mood was enum 'sad', 'ok' and is now enum 'blue', 'fine', 'ok'");
        }
    }

    /** In one attempt, and between two. An empty one, as for the next month, is none of the backfill's business. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void warnsOfRowsThatComeWithAPartition(boolean again) {
        var batches = new AtomicInteger();
        Body body =
                context -> context.backfill().over("t").batchSize(BATCH, BATCH).run(batch -> {
                    if (batches.incrementAndGet() == 3) {
                        try (var other =
                                context.getConfiguration().getDataSource().getConnection()) {
                            sql(other, "ALTER TABLE t ATTACH PARTITION old FOR VALUES FROM (0) TO (50)");
                            sql(other, "ALTER TABLE t ATTACH PARTITION future FOR VALUES FROM (1000) TO (2000)");
                        }
                        if (again) {
                            throw new AsyncMigrationException("again");
                        }
                    }
                    count(batch);
                });
        try (var build = deployment(
                body,
                "CREATE TABLE t (id int PRIMARY KEY, c int DEFAULT 0) PARTITION BY RANGE (id)",
                "CREATE TABLE present PARTITION OF t FOR VALUES FROM (50) TO (1000)",
                "CREATE TABLE old (id int NOT NULL, c int DEFAULT 0)",
                "CREATE TABLE future (id int NOT NULL, c int DEFAULT 0)",
                "INSERT INTO t (id) SELECT n FROM generate_series(101, 400) AS n",
                "INSERT INTO old SELECT n FROM generate_series(1, 20) AS n")) {
            assertThat(build.node().drain().succeeded()).isEqualTo(1);
            assertThat(build.database().column("SELECT warning FROM async_schema_attempts WHERE warning IS NOT NULL"))
                    .singleElement()
                    .asString()
                    .contains("the partition public.old of public.t came", "are left as they are");
        }
    }

    private static Deployment stopped(AtomicReference<Body> body) {
        return deployment(
                context -> body.get().run(context),
                "CREATE TABLE t (id int PRIMARY KEY, c int DEFAULT 0 CHECK (id <> 300 OR c = 0))",
                "INSERT INTO t SELECT n FROM generate_series(1, 400) AS n");
    }

    private static Body changes(String set, String where, String... fingerprints) {
        return context -> context.backfill()
                .over("t")
                .set(set)
                .where(where)
                .batchSize(BATCH, BATCH)
                .continuing(fingerprints)
                .run();
    }

    /** The author corrects the migration for the rest of the rows, or by mistake. */
    @Test
    void goesOnWithAnotherStatementWhenTheAuthorSaysSo() {
        var body = new AtomicReference<>(changes("c = 1", ""));
        try (var build = stopped(body)) {
            assertThat(failure(build)).contains("'300'");

            body.set(changes("c = CASE WHEN id = 300 THEN 0 ELSE 2 END", "id > 0"));
            build.node().queue().retry("1", "anna", "corrected");
            var refusal = failure(build);
            assertThat(refusal)
                    .contains(
                            "set(…) was c = 1 and is now c = CASE",
                            "where(…) was nothing and is now id > 0",
                            "--from-start");
            assertThat(build.status("1")).isEqualTo(EntryStatus.FAILED);

            var fingerprint = refusal.replaceAll("(?s).*\\.continuing\\(\"([0-9a-f]+)\"\\).*", "$1");
            body.set(changes("c = CASE WHEN id = 300 THEN 0 ELSE 2 END", "id > 0", "000000000000", fingerprint));
            build.node().queue().retry("1", "anna", "meant");
            assertThat(build.node().drain().succeeded()).isEqualTo(1);
            assertThat(count(build, "c = CASE WHEN id = 300 THEN 0 WHEN id < 300 THEN 1 ELSE 2 END"))
                    .isEqualTo(400L);
        }
    }

    @Test
    void refusesAPlanInAFormItDoesNotKnow() {
        var body = new AtomicReference<>(changes("c = 1", ""));
        try (var build = stopped(body)) {
            build.node().drain();
            build.database()
                    .execute("UPDATE async_schema_checkpoints SET value = E'1\npublic.t by (\"id\")\n-'"
                            + " WHERE name = 'backfill:t:plan'");
            build.node().queue().retry("1", "anna", "again");
            assertThat(failure(build)).contains("stored by another version of TurnAsync", "--from-start");
            assertThat(build.status("1")).isEqualTo(EntryStatus.FAILED);
        }
    }

    /** Not every server tells the version of a collation; two that do must agree, after pg_upgrade as well as after one of the library. */
    @ParameterizedTest
    @CsvSource({"'', ''", "'the version of the collation of \"id\"\t1', was 1 and is now"})
    void comparesTheVersionsOfCollationsThatAreKnown(String stored, String answer) {
        var fails = new AtomicInteger();
        Body body =
                context -> context.backfill().over("t").batchSize(BATCH, BATCH).run(batch -> {
                    count(batch);
                    if (fails.incrementAndGet() == 3) {
                        throw new AsyncMigrationException("the server is upgraded");
                    }
                });
        try (var build = deployment(body, table("id text COLLATE \"en-x-icu\" PRIMARY KEY", "n"))) {
            build.node().worker().drainOne();
            assertThat(build.database()
                            .column("SELECT value FROM async_schema_checkpoints WHERE name = 'backfill:t:plan'")
                            .get(0)
                            .toString())
                    .containsPattern("the version of the collation of \"id\"\t[0-9]");
            build.database()
                    .execute("UPDATE async_schema_checkpoints SET value = regexp_replace(value,"
                            + " E'\nfact\tthe version[^\n]+', '"
                            + (stored.isEmpty() ? "" : "\nfact\t" + stored) + "') WHERE name = 'backfill:t:plan'");

            requireAnswer(build, answer, failure(build));
        }
    }

    @Test
    void knowsTheVersionOfTheCollationOfTheDatabase() {
        assumeThat(TestDatabase.fresh().column("SELECT current_setting('server_version_num')::int >= 150000"))
                .containsExactly(true);
        try (var build = Deployment.on(
                TestDatabase.orderedByIcu(),
                Script.async("1", changes("c = c + 1", "")).inPieces())) {
            build.database().execute("CREATE TABLE t (id text PRIMARY KEY, c int DEFAULT 0)");
            build.migrate().node().drain();
            assertThat(build.database()
                            .column("SELECT value FROM async_schema_checkpoints WHERE name = 'backfill:t:plan'")
                            .get(0)
                            .toString())
                    .contains("that of the database, i, en")
                    .containsPattern("the version of the collation of \"id\"\t[0-9]");
        }
    }

    /** As after pg_restore: object ids are others. */
    @Test
    void goesOnInACopyOfTheDatabase() {
        var body = new AtomicReference<>(changes("c = c + 1", ""));
        try (var build = stopped(body)) {
            build.node().drain();
            build.database()
                    .execute("UPDATE async_schema_checkpoints SET value = regexp_replace(value,"
                            + " E'\ntable\t([^\t]+)\t[^\n]+', E'\ntable\t\\\\1\t7/5\t16385')"
                            + " WHERE name = 'backfill:t:plan'");
            build.database().execute("ALTER TABLE t DROP CONSTRAINT t_check");
            build.node().queue().retry("1", "anna", "restored");
            assertThat(build.node().drain().failure()).isNull();
            assertThat(count(build, "c = 1")).isEqualTo(400L);
        }
    }
}

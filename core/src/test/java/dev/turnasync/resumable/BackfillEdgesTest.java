package dev.turnasync.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.RetryPolicy;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import dev.turnasync.fixture.Script.Body;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What an adversarial review found: SQL, keys, names and errors that a backfill must not stumble over. */
class BackfillEdgesTest {

    private static final String TABLE = "CREATE TABLE t (id int PRIMARY KEY, c int DEFAULT 0)";
    private static final String ROWS = "INSERT INTO t SELECT n FROM generate_series(1, 1000) AS n";

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
        var failure = build.node(AsyncMigrations.builder(build.flyway()).retryPolicy(RetryPolicy.never()))
                .drain()
                .failure();
        assertThat(failure).isNotNull();
        return String.valueOf(failure.getMessage());
    }

    private static Object count(Deployment build, String condition) {
        return build.database()
                .column("SELECT count(*) FROM t WHERE " + condition)
                .get(0);
    }

    private static Backfill fresh(AsyncContext context) {
        return context.backfill().over("t").where("c = 0 -- fresh").batchSize(100, 100);
    }

    static Stream<Body> comments() {
        return Stream.of(
                context -> context.backfill()
                        .over("t")
                        .set("c = c + 1 -- bump")
                        .batchSize(100, 100)
                        .run(),
                context -> fresh(context).set("c = c + 1 -- bump").run(),
                context -> fresh(context).untilNoneMatches().set("c = c + 1").run(),
                context -> fresh(context).run(batch -> {
                    assertThat(batch.select("id", row -> row.getInt(1))).hasSize(100);
                    sql(batch.connection(), "UPDATE t SET c = c + 1 WHERE (" + batch.condition() + ")");
                }));
    }

    /** A comment that swallowed the batch's own condition would change the whole table in every batch. */
    @ParameterizedTest
    @MethodSource("comments")
    void bearsACommentAtTheEndOfTheAuthorsSql(Body body) {
        try (var build = deployment(body, TABLE, ROWS)) {
            assertThat(build.node().drain().succeeded()).isEqualTo(1);
            assertThat(count(build, "c = 1")).isEqualTo(1000L);
        }
    }

    @Test
    void refusesAChangeOfTheKeyByWhichItFindsItsWay() {
        Body body = context -> context.backfill()
                .over("t")
                .set("id = id + 100000, c = c + 1")
                .batchSize(100, 100)
                .run();
        try (var build = deployment(body, TABLE, ROWS)) {
            assertThat(failure(build)).contains("set(…) changes the key (\"id\") of public.t");

            assertThat(build.status("1")).isEqualTo(EntryStatus.FAILED);
            assertThat(count(build, "c = 0 AND id <= 1000")).isEqualTo(1000L);
        }
    }

    /** The fence could not be taken; the session must be as good as before. */
    @Test
    void aTransactionThatCouldNotBeginLeavesNothingBehind() {
        Body body = context -> {
            sql(context.getConnection(), "SET lock_timeout = '100ms'");
            try (var other = context.getConfiguration().getDataSource().getConnection()) {
                other.setAutoCommit(false);
                sql(other, "LOCK TABLE async_schema_requests IN ACCESS EXCLUSIVE MODE");
                context.inTransaction(tx -> "not reached");
            } catch (SQLException e) {
                assertThat(e.getSQLState()).isEqualTo("55P03");
            }
            assertThat(context.getConnection().getAutoCommit()).isTrue();
            Script.note(context, "outside");
            context.inTransaction(tx -> {
                Script.note(context, "inside");
                return 1;
            });
        };
        try (var build = deployment(body)) {
            assertThat(build.node().drain().failure()).isNull();
            assertThat(build.journal()).containsExactly("outside", "inside");
        }
    }

    /**
     * The application holds a row that a deferred trigger wants, and asks for one that the batch holds: at the commit nothing would limit
     * the trigger's wait, and PostgreSQL would strike the application.
     */
    @Test
    void deferredTriggersDoNotLetADeadlockStrikeTheApplication() throws Exception {
        Body body = context -> context.backfill().over("t").set("c = c + 1").run();
        try (var build = deployment(
                        body,
                        TABLE,
                        "INSERT INTO t SELECT generate_series(1, 20)",
                        "CREATE TABLE u (n int); INSERT INTO u VALUES (0)",
                        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS"
                                + " 'BEGIN IF NEW.id = 2 THEN PERFORM pg_sleep(0.85); END IF; RETURN NEW; END'",
                        "CREATE TRIGGER slow BEFORE UPDATE OF c ON t FOR EACH ROW EXECUTE FUNCTION slow()",
                        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS"
                                + " 'BEGIN UPDATE u SET n = n + 1; RETURN NULL; END'",
                        "CREATE CONSTRAINT TRIGGER f AFTER UPDATE OF c ON t DEFERRABLE INITIALLY DEFERRED"
                                + " FOR EACH ROW EXECUTE FUNCTION f()");
                var application = build.database().dataSource().getConnection()) {
            application.setAutoCommit(false);
            sql(application, "UPDATE u SET n = n + 100");
            var result = CompletableFuture.supplyAsync(build.node()::drain);
            await().pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> !build.database()
                            .query(
                                    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'")
                            .isEmpty());
            sql(application, "UPDATE t SET id = id WHERE id = 1");
            application.commit();

            assertThat(result.get().succeeded()).isEqualTo(1);
            assertThat(count(build, "c = 1")).isEqualTo(20L);
            assertThat(build.database().column("SELECT n FROM u")).containsExactly(120);
        }
    }

    @Test
    void endsWhenTheCausesOfAnErrorGoRoundInACircle() {
        Body body = context -> context.backfill().over("t").run(batch -> {
            var one = new IllegalStateException("one");
            one.initCause(new IllegalStateException("other", one));
            throw one;
        });
        try (var build = deployment(body, TABLE, ROWS)) {
            assertThat(failure(build)).contains("one");
            assertThat(build.status("1")).isEqualTo(EntryStatus.FAILED);
        }
    }

    /** The same place matches pass after pass, each time for another row. */
    @Test
    void goesOnOverATableWithoutAKeyWhileTheApplicationAddsRows() {
        var batches = new AtomicInteger();
        Body body = context -> context.backfill()
                .over("t")
                .where("b IS NULL")
                .untilNoneMatches()
                .run(batch -> {
                    sql(batch.connection(), "UPDATE t SET b = a WHERE " + batch.condition());
                    if (batches.incrementAndGet() < 8) {
                        sql(batch.connection(), "INSERT INTO t VALUES (" + batches + ", NULL)");
                    }
                });
        try (var build = deployment(
                body, "CREATE TABLE t (a int, b int)", "INSERT INTO t SELECT n FROM generate_series(1, 50) AS n")) {
            assertThat(build.node().drain().failure()).isNull();
            assertThat(count(build, "b IS NULL")).isEqualTo(0L);
        }
    }

    @Test
    void refusesAPartitionedTableWithoutAKey() {
        Body body = context -> context.backfill()
                .over("t")
                .set("b = a")
                .where("b IS NULL")
                .untilNoneMatches()
                .run();
        try (var build = deployment(
                body,
                "CREATE TABLE t (a int, b int) PARTITION BY RANGE (a)",
                "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (5000)",
                "INSERT INTO t SELECT n FROM generate_series(1, 100) AS n")) {
            assertThat(failure(build)).contains("on each partition by itself");
            assertThat(build.status("1")).isEqualTo(EntryStatus.FAILED);
        }
    }

    @Test
    void walksAKeyThatIsCalledAsItsOwnAliasesAre() {
        Body body = context ->
                context.backfill().over("t").set("c = c + 1").parallelism(2).run();
        try (var build = deployment(
                body,
                "CREATE TABLE t (part int PRIMARY KEY, c int DEFAULT 0)",
                "INSERT INTO t SELECT generate_series(1, 1000)")) {
            assertThat(build.node().drain().failure()).isNull();
            assertThat(count(build, "c = 1")).isEqualTo(1000L);
        }
    }

    @Test
    void countsItsOwnRowsWhateverOthersAreNamed() {
        Body body = context -> {
            context.backfill().over("t").named("a:1.0").set("c = c + 10").run();
            Script.note(
                    context,
                    "changed "
                            + context.backfill()
                                    .over("t")
                                    .named("a")
                                    .set("c = c + 1")
                                    .run());
        };
        try (var build = deployment(body, TABLE, ROWS)) {
            assertThat(build.node().drain().failure()).isNull();
            assertThat(count(build, "c = 11")).isEqualTo(1000L);
            assertThat(build.journal()).containsExactly("changed 1000");
        }
    }

    static Stream<Body> mistakes() {
        return Stream.of(
                context -> context.backfill().over("t").target(Duration.ofMillis(9)),
                context -> context.steps().compute("none", tx -> nothing()));
    }

    @SuppressWarnings("NullAway") // as the code of an author who does not check for null
    private static String nothing() {
        return null;
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void refusesWhatMakesNoSense(Body body) {
        try (var build = deployment(body, TABLE, ROWS)) {
            assertThat(failure(build)).containsAnyOf("a target of at least 10 ms", "asked for a result must have one");
            assertThat(build.status("1")).isNotEqualTo(EntryStatus.SUCCEEDED);
        }
    }
}

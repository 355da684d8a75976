package dev.turnasync.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.turnasync.api.EntryStatus;
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
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** No row changes twice because its key was moved, in whichever batch and by whomever; and no other work is taken for that. */
@Timeout(120)
class BackfillKeysTest {

    private static final String TABLE =
            "CREATE TABLE t (id int PRIMARY KEY, at int NOT NULL, c int DEFAULT 0, vip boolean);"
                    + "CREATE UNIQUE INDEX ON t (at, id); INSERT INTO t SELECT n, n, 0, n BETWEEN 250 AND 255"
                    + " FROM generate_series(1, 500) AS n";
    private static final String LATER = "CREATE FUNCTION later() RETURNS trigger LANGUAGE plpgsql AS"
            + " 'BEGIN NEW.at := NEW.at + 200; RETURN NEW; END';";
    private static final String TRIGGER =
            LATER + "CREATE TRIGGER later BEFORE UPDATE ON t FOR EACH ROW WHEN (NEW.vip) EXECUTE FUNCTION later()";
    private static final String AFTER = "CREATE FUNCTION later() RETURNS trigger LANGUAGE plpgsql AS"
            + " 'BEGIN UPDATE t SET at = at + 200 WHERE id = NEW.id; RETURN NULL; END';"
            + "CREATE TRIGGER later AFTER UPDATE OF c ON t FOR EACH ROW WHEN (NEW.vip) EXECUTE FUNCTION later()";
    private static final String PASSED =
            AFTER.replace("id = NEW.id", "id = NEW.id - 100 AND vip").replace("WHEN (NEW.vip)", "");
    private static final String DEFERRED = AFTER.replace("CREATE TRIGGER", "CREATE CONSTRAINT TRIGGER")
            .replace("FOR EACH", "DEFERRABLE INITIALLY DEFERRED FOR EACH");
    private static final String TREE =
            "CREATE TABLE t (at text, id int, code text UNIQUE, c int DEFAULT 0, PRIMARY KEY (at, id),"
                    + " FOREIGN KEY (at) REFERENCES t (code) ON UPDATE CASCADE);"
                    + "INSERT INTO t SELECT CASE n WHEN 500 THEN 'z' ELSE 'c1' END, n, CASE n WHEN 500 THEN 'z' ELSE 'c' || n END"
                    + " FROM generate_series(1, 500) AS n";
    private static final String RENAMED = "c = c + 1, code = CASE WHEN code LIKE 'c%' THEN 'x' || code ELSE code END";
    private static final String GENERATED = "CREATE TABLE t (code text, vip boolean, c int DEFAULT 0,"
            + " at text GENERATED ALWAYS AS (lower(code)) STORED PRIMARY KEY);"
            + "INSERT INTO t SELECT lpad(n::text, 5, '0'), n BETWEEN 250 AND 255 FROM generate_series(1, 500) AS n";
    private static final String PARTITIONED = "CREATE TABLE t (id int, at int NOT NULL, c int DEFAULT 0, vip boolean,"
            + " PRIMARY KEY (at, id)) PARTITION BY RANGE (at);"
            + "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (260); CREATE TABLE t2 PARTITION OF t DEFAULT;"
            + "INSERT INTO t SELECT n, n, 0, n BETWEEN 250 AND 255 FROM generate_series(1, 500) AS n;";
    private static final String ON_LEAF =
            LATER + "CREATE TRIGGER later BEFORE UPDATE ON t1 FOR EACH ROW WHEN (NEW.vip) EXECUTE FUNCTION later()";

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

    private static Object count(Deployment build, String condition) {
        return build.database()
                .column("SELECT count(*) FROM t WHERE " + condition)
                .get(0);
    }

    private static Body sets(String set, String... key) {
        return context -> context.backfill()
                .over("t")
                .keyedBy(key)
                .set(set)
                .batchSize(50, 50)
                .run();
    }

    private static Body runs(String... updates) {
        return context -> context.backfill()
                .over("t")
                .keyedBy("at", "id")
                .batchSize(50, 50)
                .run(batch -> {
                    for (var update : updates) {
                        sql(batch.connection(), update.replace("BATCH", batch.condition()));
                    }
                });
    }

    static Stream<Arguments> moves() {
        var add = sets("c = c + 1", "at", "id");
        var java = runs("UPDATE t SET c = c + 1 WHERE BATCH");
        return Stream.of(
                Arguments.of(add, TABLE, TRIGGER),
                Arguments.of(add, TABLE, AFTER),
                Arguments.of(add, TABLE, PASSED),
                Arguments.of(add, TABLE, DEFERRED),
                Arguments.of(sets(RENAMED, "at", "id"), TREE, "SELECT 1"),
                Arguments.of(runs("UPDATE t SET " + RENAMED + " WHERE BATCH"), TREE, "SELECT 1"),
                Arguments.of(
                        sets("c = c + 1, code = CASE WHEN vip THEN 'z' ELSE '' END || code", "at"),
                        GENERATED,
                        "SELECT 1"),
                Arguments.of(add, PARTITIONED, ON_LEAF),
                Arguments.of(java, TABLE, TRIGGER),
                Arguments.of(java, TABLE, AFTER),
                Arguments.of(java, TABLE, PASSED),
                Arguments.of(java, TABLE, DEFERRED),
                Arguments.of(java, PARTITIONED, ON_LEAF),
                Arguments.of(
                        runs(
                                "SAVEPOINT s; UPDATE t SET c = c + 1, at = CASE WHEN vip THEN at + 200 ELSE at END WHERE BATCH"),
                        TABLE,
                        "SELECT 1"));
    }

    @ParameterizedTest
    @MethodSource("moves")
    void refusesABatchThatMovesKeysAhead(Body body, String table, String trigger) {
        try (var build = deployment(body, table, trigger)) {
            assertThat(String.valueOf(build.node().drain().failure()))
                    .containsAnyOf("changes the key", "got another key");

            assertThat(build.status("1")).isEqualTo(EntryStatus.FAILED);
            assertThat(count(build, "c > 1")).isEqualTo(0L);
        }
    }

    /** Back is where another session may still have to come by. */
    @Test
    void refusesABatchThatMovesKeysBackWhereSlicesAreWorkedOnSideBySide() {
        try (var build = deployment(
                context -> context.backfill()
                        .over("t")
                        .keyedBy("at", "id")
                        .parallelism(2)
                        .batchSize(50, 50)
                        .run(batch -> sql(
                                batch.connection(),
                                "UPDATE t SET c = c + 1, at = CASE WHEN id > 490 THEN at - 400 ELSE at END WHERE "
                                        + batch.condition())),
                TABLE)) {
            assertThat(String.valueOf(build.node().drain().failure())).contains("got another key");
            assertThat(count(build, "c > 1")).isEqualTo(0L);
        }
    }

    static Stream<Arguments> harmless() {
        return Stream.of(
                // rows of the batch twice, and one ahead with an indexed column
                Arguments.of(
                        runs(
                                "UPDATE t SET c = c + 1 WHERE BATCH",
                                "UPDATE t SET vip = NOT vip WHERE BATCH",
                                "UPDATE t SET vip = NOT vip WHERE id IN (1, 100, 500)"),
                        "c = 1"),
                // the row ahead no longer matches, or is beyond the end
                Arguments.of(
                        (Body) context -> context.backfill()
                                .over("t")
                                .keyedBy("at", "id")
                                .where("c = 0")
                                .batchSize(50, 50)
                                .run(batch -> sql(
                                        batch.connection(),
                                        "UPDATE t SET c = 1, at = at + 200 WHERE " + batch.condition())),
                        "c = 1"),
                Arguments.of(runs("UPDATE t SET c = 1, at = at + 1000 WHERE BATCH"), "c = 1 AND at > 1000"),
                Arguments.of(
                        runs("UPDATE t SET c = 1 WHERE BATCH", "UPDATE t SET vip = FALSE WHERE BATCH"),
                        "c = 1 AND NOT vip"),
                Arguments.of(
                        runs(
                                "DELETE FROM t WHERE vip AND BATCH",
                                "UPDATE t SET c = c + 1 WHERE BATCH",
                                "INSERT INTO t SELECT id + 1000, at + 1000, 1 FROM t WHERE BATCH"),
                        "c = 1"));
    }

    @ParameterizedTest
    @MethodSource("harmless")
    void leavesOtherWorkAlone(Body body, String condition) {
        try (var build = deployment(body, TABLE)) {
            assertThat(build.node().drain().failure()).isNull();
            assertThat(count(build, "(" + condition + ") IS NOT TRUE")).isEqualTo(0L);
        }
    }

    /** The application deletes rows of each batch and adds some, while the batch also changes the rows after them. */
    @Test
    void doesNotTakeWhatTheApplicationDoesForItsOwn() {
        Body body = context -> context.backfill()
                .over("t")
                .keyedBy("at", "id")
                .batchSize(50, 50)
                .run(batch -> {
                    try (var application =
                            context.getConfiguration().getDataSource().getConnection()) {
                        sql(application, "SET lock_timeout = '10ms'");
                        sql(application, "DELETE FROM t WHERE id % 10 = 3 AND " + batch.condition());
                    } catch (SQLException e) {
                        assertThat(e.getSQLState()).isEqualTo("55P03"); // the batch has locked its rows
                    }
                    sql(batch.connection(), "UPDATE t SET c = c + 1 WHERE " + batch.condition());
                    sql(batch.connection(), "UPDATE t SET vip = TRUE WHERE NOT " + batch.range("t"));
                });
        try (var build = deployment(body, TABLE)) {
            assertThat(build.node().drain().failure()).isNull();
            assertThat(count(build, "c <> 1")).isEqualTo(0L);
            assertThat((long) count(build, "TRUE")).isLessThan(500L);
        }
    }

    /** The application's update is younger than the batch, which begins before it and sees what it wrote. */
    @Test
    void doesNotTakeYoungerRowsForMissingOnes() {
        var calls = new AtomicInteger();
        var application = new AtomicReference<CompletableFuture<Void>>();
        Body body = context -> context.backfill()
                .over("t")
                .keyedBy("at", "id")
                .batchSize(50, 50)
                .run(batch -> {
                    var source = context.getConfiguration().getDataSource();
                    var call = calls.incrementAndGet();
                    if (call == 1) { // from here on it locks its rows
                        try (var other = source.getConnection()) {
                            sql(other, "DELETE FROM t WHERE id = 1");
                        }
                    }
                    if (call == 2) {
                        application.set(CompletableFuture.runAsync(() -> updatesBehindTheFence(source)));
                        awaitWaiter(source);
                    }
                    sql(batch.connection(), "UPDATE t SET c = c + 1 WHERE id % 2 = 0 AND " + batch.condition());
                    sql(batch.connection(), "UPDATE t SET vip = NOT vip WHERE id = 500");
                });
        try (var build = deployment(body, TABLE, "CREATE INDEX ON t (vip)", "CREATE INDEX ON t (c)")) {
            assertThat(build.node().drain().failure()).isNull();
            application.get().join();
            assertThat(count(build, "c <> 1 - id % 2")).isEqualTo(0L);
        }
    }

    /** The savepoint's id is drawn after the batch's own. */
    private static void updatesBehindTheFence(DataSource source) {
        try (var connection = source.getConnection()) {
            connection.setAutoCommit(false);
            sql(connection, "LOCK TABLE t");
            awaitWaiter(source);
            sql(connection, "SAVEPOINT s; UPDATE t SET vip = vip WHERE id % 2 = 1");
            connection.commit();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void awaitWaiter(DataSource source) {
        await().pollInterval(Duration.ofMillis(10)).until(() -> {
            try (var other = source.getConnection();
                    var statement = other.createStatement();
                    var row = statement.executeQuery("SELECT FROM pg_locks l JOIN pg_class c ON c.oid = l.relation"
                            + " WHERE c.relname = 't' AND NOT l.granted")) {
                return row.next();
            }
        });
    }

    /** Created while a batch holds its rows, so it is there before the next one's update and after the look at triggers. */
    @Test
    void noticesATriggerThatComesWhileItRuns() {
        try (var build = deployment(
                context -> context.backfill()
                        .over("t")
                        .keyedBy("at", "id")
                        .set("c = c + wait_for_ddl(id)")
                        .batchSize(1, 1)
                        .run(),
                "CREATE TABLE t (id int PRIMARY KEY, at int NOT NULL, c int DEFAULT 0, vip boolean DEFAULT TRUE);"
                        + "CREATE UNIQUE INDEX ON t (at, id); INSERT INTO t SELECT n, n FROM generate_series(1, 20) AS n",
                LATER,
                "CREATE FUNCTION wait_for_ddl(id int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN"
                        + " WHILE id = 5 AND NOT EXISTS (SELECT FROM pg_locks WHERE relation = 't'::regclass AND NOT granted)"
                        + " LOOP PERFORM pg_sleep(0.01); END LOOP; RETURN 1; END $$")) {
            var result = CompletableFuture.supplyAsync(build.node()::drain);
            await().pollInterval(Duration.ofMillis(10))
                    .until(() -> !build.database()
                            .query("SELECT FROM pg_stat_activity WHERE datname = current_database()"
                                    + " AND wait_event = 'PgSleep'")
                            .isEmpty());
            build.database().execute("CREATE TRIGGER later BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION later()");

            assertThat(String.valueOf(result.join().failure())).contains("changes the key");
            assertThat(count(build, "c > 1 OR at > 20")).isEqualTo(0L);
        }
    }
}

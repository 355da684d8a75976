package dev.turnasync.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.database.TestDatabase;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import dev.turnasync.fixture.Script.Body;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a backfill does to the rows of all kinds of tables. */
class BackfillTest {

    private static final long ROWS = 5_000;

    private static Deployment deployment(Body body, String... preparation) {
        var build = Deployment.of(Script.async("1", body).inPieces());
        for (var sql : preparation) {
            build.database().execute(sql);
        }
        return build.migrate();
    }

    private static Object one(TestDatabase database, String sql) {
        return database.column(sql).get(0);
    }

    static Stream<Arguments> keys() {
        return Stream.of(
                Arguments.of("id bigint PRIMARY KEY", "n"),
                Arguments.of("id bigint PRIMARY KEY", "-n * 7"),
                Arguments.of("id uuid PRIMARY KEY", "gen_random_uuid()"),
                Arguments.of("id text PRIMARY KEY", "'K''\\ ' || md5(n::text)"),
                Arguments.of("id text COLLATE \"de-x-icu\" PRIMARY KEY", "chr(192 + (n % 60)::int) || n"),
                Arguments.of("id numeric PRIMARY KEY", "n / 7.0"),
                Arguments.of("id timestamptz PRIMARY KEY", "now() + n * interval '1 microsecond'"),
                Arguments.of("id double precision PRIMARY KEY", "sqrt(n)"),
                Arguments.of("id char(12) PRIMARY KEY", "n::text"),
                Arguments.of("id bytea PRIMARY KEY", "decode(md5(n::text), 'hex')"),
                Arguments.of("id whole PRIMARY KEY", "n"),
                Arguments.of("id short COLLATE \"de-x-icu\" PRIMARY KEY", "chr(192 + (n % 60)::int) || n"),
                Arguments.of("id short[] PRIMARY KEY", "ARRAY['a' || n, 'b']"),
                Arguments.of("id name COLLATE \"de-x-icu\" PRIMARY KEY", "'N' || n"),
                Arguments.of("id pair PRIMARY KEY", "ROW(n % 7, 'p' || n)::pair"),
                Arguments.of("id text COLLATE no_case PRIMARY KEY", "'Case' || n"),
                Arguments.of(
                        "id numeric PRIMARY KEY",
                        "CASE n WHEN 9 THEN 'NaN' WHEN 10 THEN '-Infinity' ELSE n::numeric END"),
                Arguments.of("id float8 PRIMARY KEY", "CASE n WHEN 9 THEN '-0' WHEN 10 THEN 'NaN' ELSE n::float8 END"),
                Arguments.of(
                        "id timestamptz PRIMARY KEY",
                        "CASE n WHEN 9 THEN 'infinity' WHEN 10 THEN '-infinity' ELSE now() + n * interval '1 s' END"),
                Arguments.of("id bigint NOT NULL UNIQUE", "n"),
                Arguments.of("id bigint NOT NULL, PRIMARY KEY (id) INCLUDE (changes)", "n"));
    }

    @ParameterizedTest
    @MethodSource("keys")
    void changesEveryRowOnceWhateverItsKey(String column, String value) {
        Body body = context -> context.backfill()
                .over("t")
                .set("changes = changes + 1")
                .batchSize(10, 700)
                .run();
        try (var build = deployment(
                body,
                "CREATE DOMAIN base AS text COLLATE \"C\"; CREATE DOMAIN short AS base; CREATE DOMAIN whole AS bigint",
                "CREATE TYPE pair AS (a int, b text); CREATE COLLATION no_case"
                        + " (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
                "CREATE TABLE t (changes int NOT NULL DEFAULT 0, " + column + ")",
                "INSERT INTO t (id) SELECT " + value + " FROM generate_series(1, " + ROWS + ") AS n")) {
            assertThat(build.node().drain().failure()).isNull();

            assertThat(one(build.database(), "SELECT count(*) FROM t WHERE changes = 1"))
                    .isEqualTo(ROWS);
        }
    }

    @Test
    void walksACompositeKeyInItsOrder() {
        Body body = context -> context.backfill()
                .over("t")
                .keyedBy("b", "a")
                .set("changes = changes + 1")
                .batchSize(100, 300)
                .run();
        try (var build = deployment(
                body,
                "CREATE TABLE t (a int, b text, changes int NOT NULL DEFAULT 0, PRIMARY KEY (a), UNIQUE (b, a))",
                "INSERT INTO t SELECT n, 'b' || n % 3 FROM generate_series(1, " + ROWS + ") AS n")) {
            build.database().execute("ALTER TABLE t ALTER b SET NOT NULL");

            assertThat(build.node().drain().failure()).isNull();

            assertThat(one(build.database(), "SELECT count(*) FROM t WHERE changes = 1"))
                    .isEqualTo(ROWS);
        }
    }

    @Test
    void isNotDisturbedByAConditionThatMatchesLessAndLess() {
        Body body = context -> {
            var changed = context.backfill()
                    .over("t")
                    .set("domain = split_part(email, '@', 2)")
                    .where("domain IS NULL")
                    .batchSize(100, 400)
                    .verify("no row without a domain", "SELECT NOT EXISTS (SELECT FROM t WHERE domain IS NULL)")
                    .run();
            Script.note(context, "changed " + changed);
        };
        try (var build = deployment(
                body,
                "CREATE TABLE t (id int PRIMARY KEY, email text, domain text)",
                "INSERT INTO t SELECT n, n || '@example.org', CASE WHEN n % 2 = 0 THEN 'x' END FROM generate_series(1, "
                        + ROWS + ") AS n")) {
            assertThat(build.node().drain().failure()).isNull();

            assertThat(one(build.database(), "SELECT count(*) FROM t WHERE domain = 'example.org'"))
                    .isEqualTo(ROWS / 2);
            assertThat(build.journal()).containsExactly("changed " + ROWS / 2);
        }
    }

    @Test
    void handsJavaCodeEachRowOnce() {
        Body body = context -> context.backfill().over("t").batchSize(200, 200).run(batch -> {
            var ids = batch.select("id", row -> row.getInt(1));
            try (var insert = batch.connection()
                    .prepareStatement("INSERT INTO copy SELECT o.id, ? FROM t o WHERE " + batch.range("o"))) {
                insert.setLong(1, batch.size());
                assertThat(insert.executeUpdate()).isEqualTo(ids.size());
            }
        });
        try (var build = deployment(
                body,
                "CREATE TABLE t (id int PRIMARY KEY)",
                "CREATE TABLE copy (id int PRIMARY KEY, size bigint)",
                "INSERT INTO t SELECT n * 3 FROM generate_series(1, " + ROWS + ") AS n")) {
            assertThat(build.node().drain().failure()).isNull();

            assertThat(build.database().column("SELECT DISTINCT size FROM copy"))
                    .containsExactly(200L);
        }
    }

    @Test
    void worksOnSlicesSideBySide() {
        Body body = context -> {
            context.backfill()
                    .over("t")
                    .set("changes = changes + 1, pid = pg_backend_pid()")
                    .batchSize(50, 100)
                    .parallelism(3)
                    .run();
        };
        try (var build = deployment(
                body,
                "CREATE TABLE t (id uuid PRIMARY KEY, changes int NOT NULL DEFAULT 0, pid int)",
                "INSERT INTO t SELECT gen_random_uuid() FROM generate_series(1, " + ROWS + ") AS n")) {
            assertThat(build.node().drain().failure()).isNull();

            assertThat(one(build.database(), "SELECT count(*) FROM t WHERE changes = 1"))
                    .isEqualTo(ROWS);
            assertThat((long) one(build.database(), "SELECT count(DISTINCT pid) FROM t"))
                    .isBetween(2L, 3L);
        }
    }

    @Test
    void walksATableWithoutAKeyByItsBlocksUntilNoRowMatches() {
        Body body = context -> context.backfill()
                .over("t")
                .set("b = a")
                .where("b IS NULL")
                .untilNoneMatches()
                .batchSize(300, 300)
                .run();
        try (var build = deployment(
                body,
                "CREATE TABLE t (a int, b int) WITH (fillfactor = 60)",
                "INSERT INTO t SELECT n / 2 FROM generate_series(1, " + ROWS + ") AS n")) {
            assertThat(build.node().drain().failure()).isNull();

            assertThat(one(build.database(), "SELECT count(*) FROM t WHERE b = a"))
                    .isEqualTo(ROWS);
        }
    }

    /** Old rows break the domain's constraint, and stay as they are. */
    @Test
    void changesRowsWhoseKeyBreaksAConstraintThatIsNotValid() {
        Body body = context ->
                context.backfill().over("t").set("c = 1").batchSize(10, 10).run();
        try (var build = deployment(
                body,
                "CREATE DOMAIN d AS text; CREATE TABLE t (id d PRIMARY KEY, c int)",
                "INSERT INTO t SELECT 'long' || n FROM generate_series(1, 50) AS n",
                "ALTER DOMAIN d ADD CHECK (length(value) < 3) NOT VALID")) {
            assertThat(build.node().drain().failure()).isNull();
            assertThat(one(build.database(), "SELECT count(*) FROM t WHERE c = 1"))
                    .isEqualTo(50L);
        }
    }

    @Test
    void endsWhereTheTableEndedWhenItBegan() {
        var batches = new AtomicInteger();
        Body body = context -> context.backfill().over("t").batchSize(50, 50).run(batch -> {
            try (var statement = batch.connection().createStatement()) {
                statement.execute("UPDATE t SET c = 1 WHERE " + batch.condition());
                statement.execute("INSERT INTO t SELECT max(id) + n FROM t, generate_series(1, 60) AS n GROUP BY n");
            }
            if (batches.incrementAndGet() == 3 || batches.get() > 20) {
                throw new AsyncMigrationException("again");
            }
        });
        try (var build = deployment(
                body, "CREATE TABLE t (id int PRIMARY KEY, c int)", "INSERT INTO t SELECT generate_series(1, 200)")) {
            assertThat(build.node().drain().succeeded()).isEqualTo(1);

            assertThat(batches.get()).isEqualTo(5);
            assertThat(one(build.database(), "SELECT max(id) FROM t WHERE c = 1"))
                    .isEqualTo(200);
        }
    }

    @Test
    void changesATableWhoseLastChildIsGone() {
        Body body = context -> context.backfill().over("t").set("c = 1").run();
        try (var build = deployment(
                body,
                "CREATE TABLE t (id int PRIMARY KEY, c int); CREATE TABLE child () INHERITS (t); DROP TABLE child",
                "INSERT INTO t VALUES (1)")) {
            assertThat(build.node().drain().failure()).isNull();
        }
    }

    @Test
    void goesOverTheTableAgainForRowsThatCameBehindIt() {
        Body body = context -> context.backfill()
                .over("t")
                .where("b IS NULL")
                .untilNoneMatches()
                .batchSize(100, 100)
                .run(batch -> {
                    try (var statement = batch.connection().createStatement()) {
                        statement.execute("UPDATE t SET b = a WHERE " + batch.condition());
                        statement.execute(
                                "INSERT INTO t SELECT -1, -1 WHERE (SELECT max(a) FROM t WHERE b IS NOT NULL) >= 300"
                                        + " ON CONFLICT DO NOTHING");
                    }
                });
        try (var build = deployment(
                body,
                "CREATE TABLE t (a int PRIMARY KEY, b int)",
                "INSERT INTO t SELECT n FROM generate_series(1, 500) AS n")) {
            assertThat(build.node().drain().failure()).isNull();

            assertThat(one(build.database(), "SELECT count(*) FROM t WHERE b = a"))
                    .isEqualTo(501L);
        }
    }

    @Test
    void changesAPartitionedTable() {
        Body body = context -> context.backfill()
                .over("t")
                .set("c = c + 1")
                .batchSize(100, 100)
                .parallelism(2)
                .run();
        try (var build = deployment(
                body,
                "CREATE TABLE t (id int, day int, c int DEFAULT 0, PRIMARY KEY (day, id)) PARTITION BY RANGE (day)",
                "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (5)",
                "CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (5) TO (10)",
                "INSERT INTO t SELECT n, n % 10 FROM generate_series(1, 3000) AS n")) {
            assertThat(build.node().drain().failure()).isNull();

            assertThat(one(build.database(), "SELECT count(*) FROM t WHERE c = 1"))
                    .isEqualTo(3000L);
        }
    }

    @Test
    void takesTheAuthorsSqlAsItIs() {
        Body body = context -> context.backfill()
                .over("t")
                .set("c = '{fn now()} ?'")
                .where("doc ? 'a' AND doc ?| '{a,b}'")
                .verify("all that have it", "SELECT NOT EXISTS (SELECT FROM t WHERE doc ? 'a' AND c IS NULL)")
                .run();
        try (var build = deployment(
                body,
                "CREATE TABLE t (id int PRIMARY KEY, doc jsonb, c text)",
                "INSERT INTO t SELECT n, CASE WHEN n % 2 = 0 THEN '{\"a\": 1}'::jsonb ELSE '{}' END FROM generate_series(1, 10) AS n")) {
            assertThat(build.node().drain().failure()).isNull();
            assertThat(one(build.database(), "SELECT count(*) FROM t WHERE c = '{fn now()} ?'"))
                    .isEqualTo(5L);
        }
    }

    @Test
    void finishesAnEmptyTable() {
        Body body = context ->
                context.backfill().over("t").set("a = 1").parallelism(2).run();
        try (var build = deployment(body, "CREATE TABLE t (id int PRIMARY KEY, a int)")) {
            assertThat(build.node().drain().failure()).isNull();
            assertThat(build.status("1")).isEqualTo(EntryStatus.SUCCEEDED);
        }
    }

    @Test
    void tellsHowFarItIsAndHowFast() {
        Body body = context ->
                context.backfill().over("t").set("a = 1").batchSize(100, 100).run();
        try (var build = deployment(
                body,
                "CREATE TABLE t (id int PRIMARY KEY, a int)",
                "INSERT INTO t SELECT n FROM generate_series(1, 1000) AS n",
                "ANALYZE t")) {
            build.node().drain();

            var progress = build.entry("1").progress();
            assertThat(List.of(progress.done(), progress.total())).containsExactly(1000L, 1000L);
        }
    }

    @Test
    void runsInlineInMigrationsThatFlywayRuns() {
        try (var build = Deployment.of(Script.sync(
                        "1",
                        context -> Backfill.in(context).over("t").set("a = 1").run())
                .inPieces())) {
            build.database().execute("CREATE TABLE t (id int PRIMARY KEY, a int)");
            build.database().execute("INSERT INTO t SELECT n FROM generate_series(1, 1000) AS n");
            build.migrate();

            assertThat(one(build.database(), "SELECT count(*) FROM t WHERE a = 1"))
                    .isEqualTo(1000L);
        }
    }
}

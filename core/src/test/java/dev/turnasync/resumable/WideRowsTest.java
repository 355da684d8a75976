package dev.turnasync.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.api.EntryStatus;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import dev.turnasync.fixture.Script.Body;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Batches that find no memory, in this process or on the server, become smaller ones. */
class WideRowsTest {

    private static Object one(Deployment build, String sql) {
        return build.database().column(sql).get(0);
    }

    /** 80 MB of rows, which the catalog takes for 1 MB since they are packed, and 20 MB that it knows of. */
    @Test
    void passThroughAHeapThatHasNoRoomForAllOfThem() throws Exception {
        try (var build = Deployment.of(SmallHeap.migrations())) {
            build.database().execute("""
                    CREATE TABLE packed (id int PRIMARY KEY, c int DEFAULT 0, v text);
                    INSERT INTO packed SELECT n, 0, repeat('x', 1000000) FROM generate_series(1, 80) AS n;
                    CREATE TABLE wide (id int PRIMARY KEY, c int DEFAULT 0, v text);
                    ALTER TABLE wide ALTER v SET STORAGE EXTERNAL;
                    INSERT INTO wide SELECT n, 0, repeat('x', 200000) FROM generate_series(1, 100) AS n; ANALYZE""");
            build.migrate();
            var process = SmallHeap.start(build.database(), "56m");
            assertThat(process.waitFor(3, TimeUnit.MINUTES)).isTrue();

            assertThat(List.of(build.status("1"), build.status("2"), build.status("3"), build.status("4")))
                    .containsOnly(EntryStatus.SUCCEEDED);
            assertThat(build.entry("2").run().attempt()).isEqualTo(1);
            assertThat(one(build, "SELECT count(*) FROM packed WHERE c = 2")).isEqualTo(80L);
            assertThat(one(build, "SELECT count(*) FROM wide WHERE c = 1")).isEqualTo(100L);
            assertThat((int) one(
                            build, "SELECT max(split_part(what, ' ', 2)::int) FROM journal WHERE what LIKE 'wide%'"))
                    .isBetween(10, 19);
            assertThat(build.database()
                            .column("SELECT error_class FROM async_schema_attempts WHERE error_class IS NOT NULL"))
                    .containsExactly("java.lang.OutOfMemoryError");
        }
    }

    @Test
    void areSplitWhereTheServerHasNoMemoryForAStatement() {
        Body body = context -> context.backfill().over("t").set("c = c + 1").run();
        try (var build = Deployment.of(Script.async("1", body).inPieces())) {
            build.database().execute("""
                    CREATE TABLE t (id int PRIMARY KEY, c int DEFAULT 0);
                    INSERT INTO t SELECT n FROM generate_series(1, 2000) AS n;
                    CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS $$
                    BEGIN
                        IF (SELECT count(*) FROM changed) > 70 THEN RAISE 'out of memory' USING ERRCODE = '53200'; END IF;
                        RETURN NULL;
                    END $$;
                    CREATE TRIGGER guard AFTER UPDATE ON t REFERENCING NEW TABLE AS changed
                        FOR EACH STATEMENT EXECUTE FUNCTION guard()""");
            build.migrate();

            assertThat(build.node().drain().succeeded()).isEqualTo(1);
            assertThat(one(build, "SELECT count(*) FROM t WHERE c = 1")).isEqualTo(2000L);
            assertThat(build.entry("1").run().attempt()).isEqualTo(1);
        }
    }

    /** In Java code as well: its transaction is rolled back, and the attempt would only be repeated with the same rows. */
    @Test
    void areSplitWhereJavaCodeFindsNoMemory() {
        Body body = context -> context.backfill().over("t").batchSize(500, 500).run(batch -> {
            try (var statement = batch.connection().createStatement()) {
                statement.execute("UPDATE t SET c = c + 1 WHERE " + batch.condition());
            }
            if (batch.size() > 70) {
                throw new IllegalStateException(new OutOfMemoryError("Java heap space"));
            }
        });
        try (var build = Deployment.of(Script.async("1", body).inPieces())) {
            build.database().execute("CREATE TABLE t (id int PRIMARY KEY, c int DEFAULT 0)");
            build.database().execute("INSERT INTO t SELECT n FROM generate_series(1, 2000) AS n");
            build.migrate();

            assertThat(build.node().drain().succeeded()).isEqualTo(1);
            assertThat(one(build, "SELECT count(*) FROM t WHERE c = 1")).isEqualTo(2000L);
        }
    }

    @Test
    void nameTheOneRowThatFindsNoRoomByItself() {
        Body body = context -> context.backfill().over("t").run(batch -> {
            if (batch.select("id", row -> row.getInt(1)).contains(77)) {
                throw new OutOfMemoryError("Java heap space");
            }
            try (var statement = batch.connection().createStatement()) {
                statement.execute("UPDATE t SET c = c + 1 WHERE " + batch.condition());
            }
        });
        try (var build = Deployment.of(Script.async("1", body).inPieces())) {
            build.database().execute("CREATE TABLE t (id int PRIMARY KEY, c int DEFAULT 0)");
            build.database().execute("INSERT INTO t SELECT n FROM generate_series(1, 200) AS n");
            build.migrate();

            assertThat(build.node().worker().drainOne().failure())
                    .hasMessageContaining("('77'::integer) of public.t alone needs more memory than this process has");
            assertThat(build.status("1")).isEqualTo(EntryStatus.RETRYABLE);
            assertThat(one(build, "SELECT count(*) FROM t WHERE c = 1")).isEqualTo(76L);
        }
    }

    /** No thread and no room for classes: fewer rows would not help. It is an Error of the fork's thread, and stored as what it is. */
    @Test
    void areNoRemedyForOtherErrorsOfALane() {
        Body body = context -> context.backfill()
                .over("t")
                .batchSize(10, 10)
                .parallelism(2)
                .run(batch -> {
                    if (Thread.currentThread().getName().startsWith("turnasync-backfill")) {
                        throw new OutOfMemoryError("Metaspace");
                    }
                    context.await(java.time.Duration.ofMillis(1));
                });
        try (var build = Deployment.of(Script.async("1", body).inPieces(), Script.async("2", Script.note("2")))) {
            build.database().execute("CREATE TABLE t (id int PRIMARY KEY, c int DEFAULT 0)");
            build.database().execute("INSERT INTO t SELECT n FROM generate_series(1, 5000) AS n");
            build.migrate();
            var node = build.node();

            assertThat(node.worker().drainOne().failure()).isInstanceOf(OutOfMemoryError.class);
            assertThat(build.status("1")).isEqualTo(EntryStatus.RETRYABLE);
            node.queue().skip("1", "anna", "not now");
            assertThat(node.drain().succeeded()).isEqualTo(1);
        }
    }
}

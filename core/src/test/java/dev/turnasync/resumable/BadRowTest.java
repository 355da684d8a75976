package dev.turnasync.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.api.EntryStatus;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import dev.turnasync.fixture.Script.Body;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A row of a thousand that cannot be changed is found and named, whatever its SQLSTATE; the rows before it are done. */
class BadRowTest {

    private static final String DONE = "SELECT count(*) FROM t WHERE c > 0";

    private static Deployment deployment(UnaryOperator<Backfill> options, String... preparation) {
        Body body = context ->
                options.apply(context.backfill().over("t").set("c = c + 1")).run();
        var build = Deployment.of(Script.async("1", body).inPieces());
        build.database().execute("CREATE TABLE t (id int PRIMARY KEY, c int NOT NULL DEFAULT 0, v text)");
        build.database().execute("INSERT INTO t SELECT n, 0, 'v' || n FROM generate_series(1, 1000) AS n");
        for (var sql : preparation) {
            build.database().execute(sql);
        }
        return build.migrate();
    }

    /** A trigger that does something to some rows. */
    private static String onRows(String condition, String statement) {
        return """
                CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN IF %s THEN %s; END IF; RETURN NEW; END $$;
                CREATE TRIGGER guard BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION guard()""".formatted(condition, statement);
    }

    private static String raise(String state) {
        return "RAISE EXCEPTION 'closed period' USING ERRCODE = '" + state + "'";
    }

    private static Backfill hundreds(Backfill backfill) {
        return backfill.batchSize(100, 100);
    }

    private static Object one(Deployment build, String sql) {
        return build.database().column(sql).get(0);
    }

    private static String drain(Deployment build) {
        return String.valueOf(build.node().drain().failure());
    }

    @ParameterizedTest
    @CsvSource({
        "P0001, 777",
        "P0001, 1",
        "P0001, 701",
        "P0001, 800",
        "P0001, 999",
        "20000, 777",
        "42501, 777",
        "ZZ001, 777"
    })
    void isFoundWhateverItsTriggerRaises(String state, int bad) {
        try (var build = deployment(BadRowTest::hundreds, onRows("NEW.id = " + bad, raise(state)))) {
            assertThat(drain(build)).contains("('" + bad + "'::integer)", "closed period");

            assertThat(one(build, DONE)).isEqualTo(bad - 1L);
            assertThat(build.status("1")).isEqualTo(EntryStatus.FAILED);
            assertThat(build.entry("1").run().attempt()).isLessThanOrEqualTo(2);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PERFORM FROM gone",
                "PERFORM 1 / (NEW.id - 777)",
                "NEW.v := (SELECT x FROM generate_series(1, 2) AS x)",
                "NEW.v := (SELECT string_agg(md5(n::text), '') FROM generate_series(1, 400) AS n)"
            })
    void isFoundWhateverTheServerRefusesAboutIt(String statement) {
        try (var build = deployment(BadRowTest::hundreds, "CREATE INDEX ON t (v)", onRows("NEW.id = 777", statement))) {
            assertThat(drain(build)).contains("('777'::integer)");

            assertThat(one(build, DONE)).isEqualTo(776L);
            assertThat(build.entry("1").run().attempt()).isLessThanOrEqualTo(2);
        }
    }

    /** What nobody can know to be for ever gets one attempt more; the same at the same row, none. */
    @Test
    void isTriedInOneMoreAttempt() {
        try (var build = deployment(BadRowTest::hundreds, onRows("NEW.id = 777", raise("P0001")))) {
            build.node().worker().drainOne();
            assertThat(build.status("1")).isEqualTo(EntryStatus.RETRYABLE);
            build.node().worker().drainOne();
            assertThat(build.status("1")).isEqualTo(EntryStatus.FAILED);

            build.database().execute("DROP TRIGGER guard ON t");
            build.node().queue().retry("1", "anna", "the period is open again");
            assertThat(build.node().drain().succeeded()).isEqualTo(1);
            assertThat(one(build, "SELECT count(*) FROM t WHERE c = 1")).isEqualTo(1000L);
        }
    }

    /** What is refused for all rows says nothing about the first one, and may pass; nor does an error of another server. */
    @ParameterizedTest
    @CsvSource({"TRUE, P0001", "NEW.id >= 777, P0001", "NEW.id = 777, HV000", "NEW.id = 777, XX000"})
    void isNotTakenForWhatMayPass(String condition, String state) {
        try (var build = deployment(BadRowTest::hundreds, onRows(condition, raise(state)))) {
            build.node().worker().drainOne();
            build.node().worker().drainOne();
            assertThat(build.status("1")).isEqualTo(EntryStatus.RETRYABLE);

            build.database().execute("DROP TRIGGER guard ON t");
            assertThat(build.node().drain().succeeded()).isEqualTo(1);
            assertThat(one(build, "SELECT count(*) FROM t WHERE c = 1")).isEqualTo(1000L);
        }
    }

    @Test
    void isTriedTwiceByAnOperatorsRetryToo() {
        try (var build = deployment(BadRowTest::hundreds, onRows("NEW.id = 777", raise("P0001")))) {
            build.node().drain();
            build.node().queue().retry("1", "anna", "days later");
            build.node().worker().drainOne();
            assertThat(build.status("1")).isEqualTo(EntryStatus.RETRYABLE);
        }
    }

    @Test
    void isNoMatterOnceItsErrorHasPassed() {
        try (var build = deployment(BadRowTest::hundreds, onRows("NEW.id = 777", raise("P0001")))) {
            build.node().worker().drainOne();
            build.database().execute("DROP TRIGGER guard ON t");

            assertThat(build.node().drain().succeeded()).isEqualTo(1);
            assertThat(one(build, "SELECT count(*) FROM t WHERE c = 1")).isEqualTo(1000L);
        }
    }

    /** A key that the application has taken for a moment. */
    @Test
    void isTriedAgainWhenItLostARace() {
        try (var build = deployment(
                backfill -> backfill.set("c = c + 1, v = v || 'x'").batchSize(100, 100),
                "CREATE UNIQUE INDEX ON t (v)",
                "INSERT INTO t VALUES (2000, 0, 'v777x')")) {
            assertThat(String.valueOf(build.node().worker().drainOne().failure()))
                    .contains("('777'::integer)", "duplicate key");
            assertThat(build.status("1")).isEqualTo(EntryStatus.RETRYABLE);
            build.database().execute("DELETE FROM t WHERE id = 2000");

            assertThat(build.node().drain().succeeded()).isEqualTo(1);
            assertThat(one(build, "SELECT count(*) FROM t WHERE c = 1")).isEqualTo(1000L);
        }
    }

    @Test
    void isFoundOneAfterTheOther() {
        try (var build =
                deployment(BadRowTest::hundreds, onRows("NEW.id IN (300, 777) AND NEW.v <> 'ok'", raise("P0001")))) {
            assertThat(drain(build)).contains("('300'::integer)");
            assertThat(one(build, DONE)).isEqualTo(299L);

            build.database().execute("ALTER TABLE t DISABLE TRIGGER guard");
            build.database().execute("UPDATE t SET v = 'ok' WHERE id = 300");
            build.database().execute("ALTER TABLE t ENABLE TRIGGER guard");
            build.node().queue().retry("1", "anna", "the first one is fixed");
            assertThat(drain(build)).contains("('777'::integer)");
            assertThat(one(build, DONE)).isEqualTo(776L);
        }
    }

    @Test
    void isFoundInOneOfSeveralSlices() {
        try (var build = deployment(backfill -> backfill.parallelism(3), onRows("NEW.id = 777", raise("P0001")))) {
            assertThat(drain(build)).contains("('777'::integer)");
            assertThat(build.entry("1").run().attempt()).isEqualTo(2);

            build.database().execute("DROP TRIGGER guard ON t");
            build.node().queue().retry("1", "anna", "open again");
            assertThat(build.node().drain().succeeded()).isEqualTo(1);
            assertThat(one(build, "SELECT count(*) FROM t WHERE c = 1")).isEqualTo(1000L);
        }
    }

    /** In a table without a key it is the block that is named. */
    @Test
    void isFoundByItsBlock() {
        try (var build = deployment(
                backfill -> backfill.where("c = 0").untilNoneMatches(),
                "ALTER TABLE t DROP CONSTRAINT t_pkey",
                onRows("NEW.id = 777", raise("P0001")))) {
            var block = one(build, "SELECT split_part(ctid::text, ',', 1) FROM t WHERE id = 777");

            assertThat(drain(build)).contains("ctid '" + block + ",1)'");
        }
    }

    /** What the server refuses for all rows says nothing about the first one. */
    @ParameterizedTest
    @ValueSource(strings = {"c = nonsense(c)", "c = ", "c = gone", "c = 1 / 0", "c = (SELECT 1 FROM gone)"})
    void isNotTakenForAWrongStatement(String set) {
        try (var build = deployment(backfill -> backfill.set(set))) {
            assertThat(drain(build)).doesNotContain("cannot be changed");

            assertThat(build.entry("1").run().attempt()).isEqualTo(1);
        }
    }
}

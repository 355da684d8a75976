package dev.turnasync.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A body goes on after its backfill, and may fail there: the next attempt asks nothing more of a backfill that came to its end. */
class BackfillEndTest {

    private static final UnaryOperator<Backfill> ONCE = UnaryOperator.identity();
    private static final UnaryOperator<Backfill> UNTIL_NONE = Backfill::untilNoneMatches;

    private static Backfill counts(AsyncContext context, String column) {
        return context.backfill()
                .over("t")
                .named(column)
                .set(column + " = " + column + " + 1")
                .where(column + " = 0 AND old IS NOT NULL")
                .verify("all are counted", "SELECT NOT EXISTS (SELECT FROM t WHERE old IS NOT NULL AND c = 0)");
    }

    private static void sql(AsyncContext context, String sql) throws SQLException {
        try (var statement = context.getConnection().createStatement()) {
            statement.execute(sql);
        }
    }

    /** Changes the table after its backfills, in the first attempt alone, which fails then. */
    private static Deployment deployment(UnaryOperator<Backfill> options, String after) {
        var build = Deployment.of(Script.async("1", context -> {
                    options.apply(counts(context, "c")).run();
                    options.apply(counts(context, "d")).run();
                    if (context.attempt() == 1) {
                        sql(context, after);
                        throw new AsyncMigrationException("for a moment");
                    }
                })
                .inPieces());
        build.database()
                .execute(
                        "CREATE TABLE t (id text PRIMARY KEY, old text DEFAULT 'o', c int DEFAULT 0, d int DEFAULT 0)");
        build.database().execute("INSERT INTO t SELECT n FROM generate_series(1, 100) AS n");
        return build.migrate();
    }

    private static void requireDoneOnce(Deployment build, String table) {
        assertThat(build.node().worker().drainOne().failure()).hasMessageContaining("for a moment");
        assertThat(String.valueOf(build.node().drain().failure())).isEqualTo("null");
        assertThat(build.status("1")).isEqualTo(EntryStatus.SUCCEEDED);
        assertThat(build.database().column("SELECT DISTINCT (c, d)::text FROM " + table))
                .containsExactly("(1,1)");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ALTER TABLE t ALTER id TYPE int USING id::int",
                "ALTER TABLE t DROP CONSTRAINT t_pkey",
                "ALTER TABLE t DROP COLUMN old",
                "ALTER TABLE t RENAME TO u; CREATE VIEW t AS SELECT id, c, d FROM u",
                "ALTER TABLE t RENAME TO u"
            })
    void letsTheBodyChangeTheTableAfterIt(String after) {
        var table = after.contains(" TO u") ? "u" : "t";
        try (var build = deployment(ONCE, after)) {
            requireDoneOnce(build, table);
        }
        try (var build = deployment(UNTIL_NONE, after)) {
            requireDoneOnce(build, table);
        }
    }

    /** The application wrote the old form once more, and what follows failed for that. */
    @Test
    void goesOverRowsThatMatchAgain() {
        try (var build = deployment(UNTIL_NONE, "INSERT INTO t VALUES ('new')")) {
            requireDoneOnce(build, "t");
        }
    }

    /** Only what is asked for may be over. */
    @Test
    void refusesAnotherStatementAfterIt() {
        var set = new AtomicReference<>("c = 1");
        var build = Deployment.of(Script.async("1", context -> {
                    context.backfill().over("t").set(set.get()).run();
                    throw new AsyncMigrationException("for a moment");
                })
                .inPieces());
        try (build) {
            build.database().execute("CREATE TABLE t AS SELECT 1 AS id, 0 AS c");
            build.database().execute("ALTER TABLE t ADD PRIMARY KEY (id)");
            build.migrate().node().worker().drainOne();
            set.set("c = 2");
            assertThat(build.node().drain().failure()).hasMessageContaining("began with another statement");
        }
    }

    @Test
    void beginsAgainFromTheStart() {
        var fails = new AtomicBoolean(true);
        var build = Deployment.of(Script.async("1", context -> {
                    context.backfill().over("t").set("c = c + 1").run();
                    if (fails.getAndSet(false)) {
                        throw new AsyncMigrationException.Permanent("the rows were loaded once more");
                    }
                })
                .inPieces());
        try (build) {
            build.database().execute("CREATE TABLE t AS SELECT 1 AS id, 0 AS c");
            build.database().execute("ALTER TABLE t ADD PRIMARY KEY (id)");
            build.migrate().node().drain();
            build.node().queue().restart("1", "anna", "loaded again");
            assertThat(build.node().drain().succeeded()).isEqualTo(1);
            assertThat(build.database().column("SELECT c FROM t")).containsExactly(2);
        }
    }
}

package dev.turnasync.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.RetryPolicy;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import dev.turnasync.fixture.Script.Body;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A database whose settings end what takes long, and statements that read a whole table. */
class TimeoutsTest {

    /** A table whose every look at a row takes its time. */
    private static final String TABLE = """
            CREATE TABLE t (id int PRIMARY KEY, c int);
            INSERT INTO t VALUES (1, 0), (2, 0);
            CREATE FUNCTION slow(n int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.7); RETURN n > 0; END $$""";

    private static Deployment succeeds(String timeout, Body body) {
        var build = Deployment.of(Script.async("1", body).inPieces());
        build.database().execute(TABLE);
        build.migrate();
        var name = build.database().column("SELECT current_database()").get(0);
        build.database().execute("ALTER DATABASE " + name + " SET " + timeout + " = '1s'");
        var result = build.node(AsyncMigrations.builder(build.flyway()).retryPolicy(RetryPolicy.never()))
                .drain();

        assertThat(result.failure()).isNull();
        assertThat(result.succeeded()).isEqualTo(1);
        return build;
    }

    @ParameterizedTest
    @ValueSource(strings = {"statement_timeout", "transaction_timeout"})
    void letsAPostCheckTakeItsTime(String timeout) {
        succeeds(
                        timeout,
                        context -> context.backfill()
                                .over("t")
                                .set("c = 1")
                                .verify("all positive", "SELECT bool_and(slow(id)) FROM t")
                                .run())
                .close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"statement_timeout", "transaction_timeout"})
    void letsTheLookForRowsThatStillMatchTakeItsTime(String timeout) {
        succeeds(
                        timeout,
                        context -> context.backfill()
                                .over("t")
                                .where("CASE WHEN c = 1 THEN NOT slow(id) ELSE TRUE END")
                                .untilNoneMatches()
                                .set("c = 1")
                                .run())
                .close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"statement_timeout", "transaction_timeout"})
    void letsAConstraintBeValidated(String timeout) {
        try (var build = succeeds(timeout, context -> context.ddl().addCheck("t", "all_positive", "slow(id)"))) {
            assertThat(build.database().column("SELECT convalidated FROM pg_constraint WHERE conname = 'all_positive'"))
                    .containsExactly(true);
        }
    }

    @Test
    void letsChangesUnderAStrongLockTakeTheirTime() {
        succeeds("transaction_timeout", context -> context.ddl().run("SELECT slow(id) FROM t"))
                .close();
    }
}

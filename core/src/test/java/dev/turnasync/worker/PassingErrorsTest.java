package dev.turnasync.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.Attempt;
import dev.turnasync.api.Attempt.Outcome;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.RetryPolicy;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Errors after which the same work succeeds. */
class PassingErrorsTest {

    private static void sql(Connection connection, String text) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(text);
        }
    }

    private static void assertRepeatedOnce(Deployment build) {
        try (var node = build.node()) {
            node.drain();
            assertThat(node.queue().attempts(build.entry("1")))
                    .extracting(Attempt::outcome)
                    .containsExactly(Outcome.FAILED, Outcome.SUCCEEDED);
        }
        assertThat(build.status("1")).isEqualTo(EntryStatus.SUCCEEDED);
    }

    @Test
    void preparesAgainAfterADeployAddedAColumn() {
        var builds = new Deployment[1];
        try (var build = Deployment.of(Script.async("1", context -> {
                    try (var select = context.getConnection().prepareStatement("SELECT * FROM journal WHERE n > ?")) {
                        for (var page = 0;
                                page < 10;
                                page++) { // the driver prepares it on the server from the fifth on
                            var from = page;
                            context.inTransaction(tx -> {
                                select.setInt(1, from);
                                return select.executeQuery().next();
                            });
                            builds[0]
                                    .database()
                                    .execute(page == 7 ? "ALTER TABLE journal ADD IF NOT EXISTS x INT" : "");
                        }
                    }
                })
                .inPieces())) {
            builds[0] = build;
            build.migrate();

            assertRepeatedOnce(build);
        }
    }

    @Test
    void seesWhatTheApplicationInsertedMeanwhile() {
        var builds = new Deployment[1];
        try (var build = Deployment.of(Script.async("1", context -> {
            var connection = context.getConnection();
            try (var statement = connection.createStatement();
                    var seen = statement.executeQuery("SELECT what FROM journal WHERE n = 7")) {
                var missing = !seen.next();
                builds[0].database().execute("INSERT INTO journal VALUES (7, 'shop') ON CONFLICT DO NOTHING");
                if (missing) {
                    sql(connection, "INSERT INTO journal VALUES (7, 'migration')");
                }
            }
        }))) {
            builds[0] = build;
            build.database().execute("ALTER TABLE journal ADD PRIMARY KEY (n)");
            build.migrate();

            assertRepeatedOnce(build);
            assertThat(build.journal()).containsExactly("shop");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "EXECUTE lost_behind_a_pooler",
                "FETCH lost_behind_a_pooler",
                "SET TRANSACTION READ ONLY; CREATE TABLE t (i INT)",
                "SELECT pg_cancel_backend(pg_backend_pid())",
                "DO $$ BEGIN RAISE 'could not open relation with OID 42' USING ERRCODE = 'XX000'; END $$",
                "DO $$ BEGIN RAISE 'tuple concurrently updated' USING ERRCODE = 'XX000'; END $$",
                "DO $$ BEGIN RAISE 'no space' USING ERRCODE = '53100'; END $$"
            })
    void triesAgain(String failing) {
        try (var build = Deployment.of(Script.async("1", context -> {
                    if (context.attempt() == 1) {
                        sql(context.getConnection(), failing);
                    }
                }))
                .migrate()) {
            assertRepeatedOnce(build);
        }
    }

    @Test
    void waitsForTheEndOfAFailoverWhereTheServerIsReadOnly() {
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate()) {
            var standby = build.database().dataSourceAs("postgres");
            standby.setOptions("-c default_transaction_read_only=on");
            var policy = RetryPolicy.ofDefaults().withDelays(Duration.ofHours(1), Duration.ofHours(1));

            build.node(AsyncMigrations.builder(build.flyway())
                            .dataSource(standby)
                            .leaseDataSource(build.database().dataSource())
                            .retryPolicy(policy))
                    .drain();

            assertThat(build.status("1")).isEqualTo(EntryStatus.RETRYABLE);
            build.node().queue().retry("1", "ada", "the failover has ended");
            build.node().drain();
            assertThat(build.journal()).containsExactly("1");
        }
    }
}

package dev.turnasync.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.turnasync.database.TestDatabase;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class BackendsTest {

    private static void sql(Connection connection, String text) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(text);
        }
    }

    @Test
    void takesASessionOfAnotherRoleForBusyWhenItMayNotSeeIt() throws Exception {
        try (var database = TestDatabase.fresh()) {
            var a = "a_" + System.nanoTime();
            var b = "b_" + System.nanoTime();
            database.execute("CREATE ROLE " + a + " LOGIN");
            database.execute("CREATE ROLE " + b + " LOGIN");
            try (var worker = database.dataSourceAs(a).getConnection();
                    var taker = database.dataSourceAs(b).getConnection()) {
                sql(worker, "SET application_name = 'turnasync:1:public.h'");
                var running = CompletableFuture.runAsync(() -> {
                    try {
                        sql(worker, "SELECT pg_sleep(3)");
                    } catch (SQLException e) {
                        throw new AssertionError(e);
                    }
                });
                await().until(() -> !database.column("SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(3)%'"
                                + " AND state = 'active' AND pid <> pg_backend_pid()")
                        .isEmpty());
                assertThat(Backends.end(taker, "turnasync:1:public.h")).isFalse();
                running.join();
            }
            database.execute("DROP ROLE " + a);
            database.execute("DROP ROLE " + b);
        }
    }

    @Test
    void labelsAreFoundAgainWhateverTheNameOfTheQueue() throws Exception {
        try (var database = TestDatabase.fresh();
                var worker = database.dataSource().getConnection();
                var other = database.dataSource().getConnection()) {
            for (var name : new QueueName[] {
                new QueueName("public", "flyway_schema_history"),
                new QueueName("über", "flyway_schema_history"),
                new QueueName("ein_sehr_langer_name_eines_schemas_über_alles", "flyway_schema_history"),
                new QueueName("App \"x\"", "Flyway History")
            }) {
                var label = SessionLabel.of(name, QueueRows.STRANGER);
                Jdbc.list(worker, "SELECT set_config('application_name', ?, FALSE)", row -> true, label);
                assertThat(Backends.exists(other, label)).as(name.toString()).isTrue();
            }
        }
    }

    @Test
    void labelsTellQueuesWithLongNamesApart() {
        var schema = "tenant_acme_international_holding";
        assertThat(SessionLabel.of(new QueueName(schema, "flyway_schema_history_orders"), QueueRows.STRANGER))
                .isNotEqualTo(
                        SessionLabel.of(new QueueName(schema, "flyway_schema_history_billing"), QueueRows.STRANGER));
    }

    @Test
    void endsTheSessionThatHoldsTheFenceOfAReleasedLease() throws Exception {
        try (var build = Deployment.of(Script.async("1", Script.note("1")))) {
            build.migrate();
            var name = new QueueName("public", "flyway_schema_history");
            try (var left = build.database().dataSource().getConnection()) {
                var sql = new QueueSql(name);
                var token = Jdbc.first(left, sql.readLease(), QueueSql::token, name.historyTable())
                        .orElseThrow();
                sql(left, "SET application_name = '" + SessionLabel.of(name, token) + "'");
                left.setAutoCommit(false);
                Jdbc.list(left, sql.fence(), row -> true, name.historyTable(), token);
                assertThat(build.node().drain().succeeded()).isEqualTo(1);
            }
        }
    }
}

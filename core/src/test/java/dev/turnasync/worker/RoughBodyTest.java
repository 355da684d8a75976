package dev.turnasync.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.RetryPolicy;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import dev.turnasync.fixture.Script.Body;
import java.sql.Connection;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Bodies that do what they should not to the connection they are given. */
class RoughBodyTest {

    private static void sql(Connection connection, String text) throws java.sql.SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(text);
        }
    }

    private static void run(Body body, java.util.function.BiConsumer<Deployment, AsyncMigrations> asserts) {
        try (var build = Deployment.of(Script.async("1", body), Script.async("2", Script.note("2")))) {
            build.migrate();
            try (var pool = new HikariDataSource()) {
                pool.setDataSource(build.database().dataSource());
                pool.setMaximumPoolSize(2);
                var node =
                        build.node(AsyncMigrations.builder(build.flyway(pool)).retryPolicy(RetryPolicy.never()));
                node.drain();
                asserts.accept(build, node);
                node.drain();
                assertThat(build.journal()).contains("2");
                assertThat(settings(pool)).isEqualTo(settings(build.database().dataSource()));
                node.close();
            }
        }
    }

    private static String settings(javax.sql.DataSource source) {
        try (var connection = source.getConnection();
                var statement = connection.createStatement();
                var row = statement.executeQuery("""
                        SELECT concat_ws('|', current_setting('search_path'), current_setting('role'),
                            current_setting('statement_timeout'), current_setting('lock_timeout'),
                            current_setting('idle_in_transaction_session_timeout'),
                            current_setting('transaction_isolation'), current_setting('transaction_read_only'))""")) {
            row.next();
            return row.getString(1) + connection.getAutoCommit();
        } catch (java.sql.SQLException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void namesABodyThatClosesItsConnection() {
        run(
                context -> {
                    Script.note(context, "lost");
                    context.getConnection().close();
                },
                (build, node) -> {
                    assertThat(build.status("1")).isEqualTo(EntryStatus.FAILED);
                    assertThat(message(node)).contains("closed the connection");
                    assertThat(build.journal()).doesNotContain("lost");
                    node.queue().skip("1", "ada", "bad body");
                });
    }

    @Test
    void namesABodyThatCommitsByItselfAndDoesNotRunItTwice() {
        run(
                context -> {
                    Script.note(context, "1");
                    context.getConnection().commit();
                },
                (build, node) -> {
                    assertThat(build.status("1")).isEqualTo(EntryStatus.SUCCEEDED);
                    assertThat(warning(node)).contains("committed or rolled back by itself");
                    assertThat(build.journal()).containsExactly("1", "2");
                });
    }

    @Test
    void namesABodyThatSwitchesAutocommitOn() {
        run(
                context -> {
                    Script.note(context, "1");
                    context.getConnection().setAutoCommit(true);
                    Script.note(context, "1b");
                },
                (build, node) -> {
                    assertThat(build.status("1")).isEqualTo(EntryStatus.SUCCEEDED);
                    assertThat(warning(node)).contains("committed or rolled back by itself");
                });
    }

    @Test
    void namesABodyThatCommitsInSql() {
        run(
                context -> sql(context.getConnection(), "COMMIT"),
                (build, node) -> assertThat(warning(node)).contains("committed or rolled back by itself"));
    }

    @Test
    void failsABodyThatSwallowsAnSqlError() {
        run(
                context -> {
                    Script.note(context, "lost");
                    try {
                        sql(context.getConnection(), "SELECT 1/0");
                    } catch (java.sql.SQLException swallowed) {
                        assertThat(swallowed.getSQLState()).isEqualTo("22012");
                    }
                },
                (build, node) -> {
                    assertThat(build.status("1")).isEqualTo(EntryStatus.FAILED);
                    assertThat(build.journal()).doesNotContain("lost");
                    node.queue().skip("1", "ada", "bad body");
                });
    }

    @Test
    void restoresTheSessionThatABodyChanged() {
        run(
                context -> {
                    var connection = context.getConnection();
                    sql(connection, "CREATE SCHEMA elsewhere");
                    sql(connection, "SET search_path = elsewhere");
                    sql(connection, "SET statement_timeout = '7s'");
                    sql(connection, "SET lock_timeout = '8s'");
                    sql(connection, "SET ROLE pg_monitor");
                },
                (build, node) -> assertThat(build.status("1")).isEqualTo(EntryStatus.SUCCEEDED));
    }

    @Test
    void restoresIsolationAndReadOnly() {
        try (var build = Deployment.of(
                Script.async("1", context -> {
                            context.getConnection().setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
                            context.getConnection().setReadOnly(true);
                        })
                        .inPieces(),
                Script.async("2", Script.note("2")))) {
            build.migrate();
            assertThat(build.node().drain().succeeded()).isEqualTo(2);
            assertThat(build.journal()).containsExactly("2");
        }
    }

    @Test
    void findsTheTablesOfTheHistorysSchemaAsFlywayDoes() {
        try (var build = Deployment.of()) {
            build.database().execute("CREATE SCHEMA app; CREATE TABLE app.journal (n SERIAL, what TEXT)");
            var flyway = org.flywaydb.core.Flyway.configure()
                    .dataSource(build.database().dataSource())
                    .locations("classpath:dev/turnasync/nothing")
                    .defaultSchema("app")
                    .baselineOnMigrate(true)
                    .javaMigrations(Script.async("2", Script.note("in app")))
                    .load();
            flyway.migrate();
            try (var node = AsyncMigrations.of(flyway)) {
                assertThat(node.drain().succeeded()).isEqualTo(1);
            }
            assertThat(build.database().column("SELECT what FROM app.journal")).containsExactly("in app");
            assertThat(build.journal()).isEmpty();
        }
    }

    @Test
    void quotesTheNamesOfSchemaAndHistoryTable() {
        try (var build = Deployment.of()) {
            build.database().execute("CREATE SCHEMA \"My App\"; CREATE TABLE \"My App\".journal (n SERIAL, what TEXT)");
            var flyway = org.flywaydb.core.Flyway.configure()
                    .dataSource(build.database().dataSource())
                    .locations("classpath:dev/turnasync/nothing")
                    .defaultSchema("My App")
                    .table("Applied")
                    .baselineOnMigrate(true)
                    .javaMigrations(Script.async("2", Script.note("quoted")))
                    .load();
            flyway.migrate();
            try (var node = AsyncMigrations.of(flyway)) {
                assertThat(node.drain().succeeded()).isEqualTo(1);
                assertThat(node.queue().check().isHealthy()).isTrue();
                assertThat(node.queueName()).isEqualTo("My App.Applied");
            }
            assertThat(build.database().column("SELECT what FROM \"My App\".journal"))
                    .containsExactly("quoted");
        }
    }

    private static String message(AsyncMigrations node) {
        return Objects.requireNonNull(first(node).failure()).message();
    }

    private static String warning(AsyncMigrations node) {
        return Objects.requireNonNull(first(node).warning());
    }

    private static dev.turnasync.api.Attempt first(AsyncMigrations node) {
        return node.queue().attempts(node.queue().find("1").orElseThrow()).get(0);
    }
}

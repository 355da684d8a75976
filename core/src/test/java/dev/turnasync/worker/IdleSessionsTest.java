package dev.turnasync.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.RetryPolicy;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** Sessions that are idle on purpose, where the database ends idle sessions. */
class IdleSessionsTest {

    private static String setting(Connection connection, String name) throws SQLException {
        try (var statement = connection.createStatement();
                var row = statement.executeQuery("SHOW " + name)) {
            row.next();
            return row.getString(1);
        }
    }

    private static void limit(Deployment build, String setting) {
        build.database()
                .execute("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET " + setting
                        + "', current_database()); END $$");
    }

    private static AsyncMigrations node(Deployment build, DataSource pool) {
        return build.node(AsyncMigrations.builder(build.flyway(pool)).retryPolicy(RetryPolicy.never()));
    }

    @Test
    void areEndedNeitherInARunNorBesideIt() {
        var seen = new ArrayList<String>();
        try (var build = Deployment.of(Script.async("1", context -> {
                            seen.add(setting(context.getConnection(), "idle_session_timeout"));
                            try (var fork = context.fork().orElseThrow()) {
                                seen.add(fork.inTransaction(tx -> setting(tx.connection(), "idle_session_timeout")));
                            }
                        })
                        .inPieces());
                var pool = new HikariDataSource()) {
            limit(build, "idle_session_timeout = ''90s''");
            build.migrate();
            pool.setDataSource(build.database().dataSource());
            pool.setMaximumPoolSize(3);

            node(build, pool).drain();

            assertThat(seen).containsExactly("0", "0");
            assertThat(everyConnection(pool, 3)).containsOnly("90s");
        }
    }

    private static List<String> everyConnection(DataSource pool, int number) {
        var open = new ArrayList<Connection>();
        var values = new ArrayList<String>();
        try {
            for (var i = 0; i < number; i++) {
                open.add(pool.getConnection());
                values.add(setting(open.get(i), "idle_session_timeout"));
            }
            for (var connection : open) {
                connection.close();
            }
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
        return values;
    }

    @Test
    void leaveTheRolesOtherTimeoutsToAuthors() {
        var seen = new ArrayList<String>();
        try (var build = Deployment.of(
                Script.async("1", context -> seen.add(setting(context.getConnection(), "statement_timeout"))))) {
            limit(build, "statement_timeout = ''77s''");
            build.migrate();

            build.node().drain();

            assertThat(seen).containsExactly("77s");
        }
    }
}

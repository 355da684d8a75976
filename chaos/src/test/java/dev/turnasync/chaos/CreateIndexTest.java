package dev.turnasync.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** A worker that goes while the database builds an index for it. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class CreateIndexTest {

    private static final Duration SOON = Duration.ofSeconds(60);

    private final RunnerOptions options = RunnerOptions.of("thread").with("workload", "index");
    private final Postgres postgres = Postgres.shared();
    private Database database;

    @BeforeEach
    void createTable() {
        database = postgres.database(options);
        database.execute("""
                CREATE TABLE users (id SERIAL PRIMARY KEY, email TEXT NOT NULL);
                INSERT INTO users (email) SELECT 'user' || n || '@example.org' FROM generate_series(1, 50000) n""");
    }

    @AfterEach
    void drop() {
        postgres.drop(database);
    }

    @Test
    void leavesOneValidIndexWhereItIsKilled() throws SQLException {
        leaveDuringBuild(Runner::kill, killed -> {});
    }

    @Test
    void leavesOneValidIndexWhereItFreezesBeyondItsLease() throws SQLException {
        leaveDuringBuild(Runner::freeze, Runner::thaw);
    }

    private void leaveDuringBuild(Consumer<Runner> leave, Consumer<Runner> comeBack) throws SQLException {
        var logs = Path.of("target", "chaos", "index").toAbsolutePath();
        try (var fleet = new Fleet(options, database, postgres.port(), logs);
                var writer = openWriter()) {
            fleet.start(1);
            await("build").atMost(SOON).until(this::isBuilding);
            var leaver = fleet.leader().orElseThrow();
            leave.accept(leaver);
            fleet.replace();
            await("takeover").atMost(SOON).until(() -> attempts() >= 2);
            comeBack.accept(leaver);
            writer.rollback();

            await("success").atMost(SOON).until(this::isDone);
            assertThat(fleet.stop()).isEmpty();
        }
        assertThat(database.list("""
                        SELECT indexrelid::regclass || ' ' || indisvalid
                        FROM pg_index
                        WHERE indrelid = 'users'::regclass AND NOT indisprimary""", row -> row.getString(1))).containsExactly("users_email true");
        assertThat(database.list("SELECT outcome FROM async_schema_attempts ORDER BY attempt", row -> row.getString(1)))
                .containsExactly("LOST", "SUCCEEDED");
        await("the end of all sessions").until(() -> sessions() == 0);
    }

    /** A transaction that has written to the table; each step of a build waits for its end. */
    private Connection openWriter() throws SQLException {
        var connection = database.dataSource().getConnection();
        connection.setAutoCommit(false);
        try (var statement = connection.createStatement()) {
            statement.execute("UPDATE users SET email = 'new@example.org' WHERE id = 1");
        }
        return connection;
    }

    private boolean isBuilding() {
        return database.number("SELECT count(*) FROM pg_stat_progress_create_index WHERE phase LIKE 'waiting%'") == 1;
    }

    private int attempts() {
        return database.number("SELECT count(*) FROM async_schema_attempts");
    }

    private boolean isDone() {
        return database.number("SELECT count(*) FROM async_schema_migrations WHERE status = 'SUCCEEDED'") == 1;
    }

    private int sessions() {
        return database.number("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'turnasync:%'");
    }
}

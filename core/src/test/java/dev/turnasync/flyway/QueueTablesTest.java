package dev.turnasync.flyway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnasync.api.SchemaMismatchException;
import dev.turnasync.database.TestDatabase;
import dev.turnasync.flyway.fixture.AsyncStep;
import dev.turnasync.flyway.fixture.SyncStep;
import java.sql.SQLException;
import java.util.Map;
import java.util.UUID;
import org.flywaydb.core.Flyway;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Where and when {@code migrate} creates the queue's tables. */
@Tag("hook")
class QueueTablesTest {

    private final TestDatabase database = TestDatabase.fresh();

    @AfterEach
    void drop() {
        database.close();
    }

    @Test
    void createsNothingWithoutAsyncMigrations() {
        Flyways.with(database, SyncStep.of("1")).load().migrate();

        assertThat(Flyways.tables(database)).containsExactly("flyway_schema_history", "ran");
    }

    @Test
    void createsNothingBeforeTheFirstAsyncMigrationIsApplied() {
        var flyway = Flyways.with(database, SyncStep.of("1"), AsyncStep.of("2"));
        flyway.load().info();
        assertThat(Flyways.tables(database)).isEmpty();

        flyway.target("1").load().migrate();
        assertThat(Flyways.tables(database)).containsExactly("flyway_schema_history", "ran");

        flyway.target("latest").load().migrate();
        assertThat(Flyways.tables(database)).contains("async_schema_migrations");
    }

    @Test
    void leavesWithCleanAndComesBack() {
        var flyway =
                Flyways.with(database, AsyncStep.of("1")).cleanDisabled(false).load();
        flyway.migrate();
        flyway.clean();
        assertThat(Flyways.tables(database)).isEmpty();

        flyway.migrate();
        assertThat(Flyways.queue(database)).containsExactly("1");
    }

    @Test
    void keepsTheQueuesOfTwoHistoriesInOneSchemaApart() {
        Flyways.with(database, AsyncStep.of("1")).table("history_a").load().migrate();
        Flyways.with(database, AsyncStep.of("1"), AsyncStep.of("2"))
                .table("history_b")
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .load()
                .migrate();

        assertThat(database.query("SELECT history_table, entry_key FROM async_schema_migrations ORDER BY id"))
                .containsExactly(
                        Map.of("history_table", "history_a", "entry_key", "1"),
                        Map.of("history_table", "history_b", "entry_key", "1"),
                        Map.of("history_table", "history_b", "entry_key", "2"));
    }

    @Test
    void keepsTheQueuesOfTwoSchemasApart() {
        Flyways.with(database, AsyncStep.of("1"))
                .schemas("One", "shared")
                .load()
                .migrate();
        Flyways.with(database, AsyncStep.of("1"), AsyncStep.of("2"))
                .schemas("shared", "two")
                .defaultSchema("two")
                .load()
                .migrate();

        assertThat(database.column("SELECT entry_key FROM \"One\".async_schema_migrations ORDER BY id"))
                .containsExactly("1");
        assertThat(database.column("SELECT entry_key FROM two.async_schema_migrations ORDER BY id"))
                .containsExactly("1", "2");
        assertThat(Flyways.tables(database)).isEmpty();
    }

    @Test
    void saysWhichRightIsMissing() {
        var role = "limited_" + UUID.randomUUID().toString().replace("-", "");
        Flyways.with(database, SyncStep.of("1")).load().migrate();
        database.execute("CREATE ROLE " + role + " LOGIN");
        database.execute("GRANT SELECT, INSERT ON flyway_schema_history TO " + role);
        var before = Flyways.history(database);

        assertThatThrownBy(() -> Flyways.with(database, SyncStep.of("1"), AsyncStep.of("2"))
                        .dataSource(database.dataSourceAs(role))
                        .load()
                        .migrate())
                .hasStackTraceContaining("user " + role + " may not create them")
                .hasStackTraceContaining("Grant it CREATE on the schema");
        assertThat(Flyways.history(database)).isEqualTo(before);
        assertThat(Flyways.tables(database)).doesNotContain("async_schema_migrations");

        database.execute("DROP OWNED BY " + role + "; DROP ROLE " + role);
    }

    @Test
    void refusesToQueueOnADatabaseItDoesNotKnow() throws SQLException {
        var h2 = h2();
        try (var open = h2.getConnection()) {
            var flyway = Flyway.configure()
                    .dataSource(h2)
                    .locations(new String[0])
                    .javaMigrations(AsyncStep.of("1"))
                    .load();

            assertThatThrownBy(flyway::migrate)
                    .isInstanceOf(SchemaMismatchException.class)
                    .hasMessageContaining("PostgreSQL")
                    .hasMessageContaining("turnasync.mode=inline");
            try (var result = open.createStatement()
                    .executeQuery("SELECT count(*) FROM \"flyway_schema_history\" WHERE \"version\" = '1'")) {
                result.next();
                assertThat(result.getInt(1)).isZero();
            }
        }
    }

    @Test
    void runsInlineOnADatabaseItDoesNotKnow() throws SQLException {
        var h2 = h2();
        try (var open = h2.getConnection()) {
            Flyways.inline(Flyway.configure()
                            .dataSource(h2)
                            .locations(new String[0])
                            .javaMigrations(AsyncStep.of("1")))
                    .load()
                    .migrate();

            try (var result = open.createStatement().executeQuery("SELECT step FROM ran")) {
                assertThat(result.next()).isTrue();
                assertThat(result.getString(1)).isEqualTo("step 1");
            }
        }
    }

    private static JdbcDataSource h2() {
        var source = new JdbcDataSource();
        source.setURL("jdbc:h2:mem:" + UUID.randomUUID());
        return source;
    }
}

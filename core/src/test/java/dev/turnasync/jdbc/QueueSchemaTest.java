package dev.turnasync.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.SchemaMismatchException;
import dev.turnasync.database.TestDatabase;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import dev.turnasync.jdbc.QueueSchema.Installed;
import dev.turnasync.spi.NewEntry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class QueueSchemaTest {

    private static final QueueSchema.Script V1 = new QueueSchema.Script(1, 1, v1());

    private static final QueueSchema.Script V2 = new QueueSchema.Script(
            2, 1, "ALTER TABLE ${schema}.async_schema_migrations ADD COLUMN note TEXT NOT NULL DEFAULT 'none'");

    private static final QueueSchema.Script BREAKING = new QueueSchema.Script(2, 2, V2.sql());

    private final TestDatabase database = TestDatabase.fresh();
    private Connection connection;

    @BeforeEach
    void connect() throws SQLException {
        connection = database.dataSource().getConnection();
        connection.setAutoCommit(false);
    }

    @AfterEach
    void drop() throws SQLException {
        connection.close();
        database.close();
    }

    @Test
    void createsItsTablesOnce() throws SQLException {
        assertThat(known().verify(connection)).isEqualTo(Installed.NONE);
        known().ensure(connection);
        known().ensure(connection);
        connection.commit();
        known().ensure(connection);

        assertThat(known().verify(connection)).isEqualTo(new Installed(1, 1));
        assertThat(versions()).containsExactly(1);
        assertThat(tables())
                .containsExactly(
                        "async_schema_actions",
                        "async_schema_attempts",
                        "async_schema_checkpoints",
                        "async_schema_lease",
                        "async_schema_migrations",
                        "async_schema_progress",
                        "async_schema_requests",
                        "async_schema_version");
    }

    @Test
    void createsAllOrNothing() throws SQLException {
        var broken = new QueueSchema.Script(2, 1, "CREATE TABLE ${schema}.half (a INT); SELECT 1 / 0");

        assertThatThrownBy(() -> new QueueSchema("public", List.of(V1, broken)).ensure(connection))
                .hasMessageContaining("division by zero");
        connection.rollback();

        assertThat(tables()).isEmpty();
    }

    @Test
    void waitsForAnotherThatCreates() throws Exception {
        known().ensure(connection);
        var second = inAnotherThread();
        awaitWaiting("advisory");
        assertThat(second).isNotDone();

        connection.commit();

        second.get();
        assertThat(versions()).containsExactly(1);
    }

    @Test
    void createsWhatAnotherGaveUp() throws Exception {
        known().ensure(connection);
        var second = inAnotherThread();
        awaitWaiting("advisory");

        connection.rollback();

        second.get();
        assertThat(versions()).containsExactly(1);
    }

    @Test
    void keepsTwoSchemasOutOfEachOthersWay() throws Exception {
        database.execute("CREATE SCHEMA \"Other \"\"one\"\" ${schema}\"");
        known().ensure(connection);

        try (var other = database.dataSource().getConnection()) {
            other.setAutoCommit(false);
            Jdbc.execute(other, "SET lock_timeout = '10s'");
            new QueueSchema("Other \"one\" ${schema}").ensure(other);
            other.commit();
        }

        connection.rollback();
        assertThat(tables()).isEmpty();
        assertThat(database.column("SELECT DISTINCT schemaname::TEXT FROM pg_tables WHERE tablename LIKE 'async%'"))
                .containsExactly("Other \"one\" ${schema}");
    }

    @Test
    void upgradesAndKeepsTheRows() throws SQLException {
        known().ensure(connection);
        JdbcEnqueuer.enqueue(connection, newEntryAfterHistory());
        connection.commit();

        var next = new QueueSchema("public", List.of(V1, V2));
        next.ensure(connection);
        next.ensure(connection);
        connection.commit();

        assertThat(next.verify(connection)).isEqualTo(new Installed(2, 1));
        assertThat(versions()).containsExactly(1, 2);
        assertThat(database.column("SELECT note FROM async_schema_migrations")).containsExactly("none");
    }

    @Test
    void worksOnBesideANewerProgram() throws SQLException {
        try (var old = Deployment.of(Script.async("1", Script.note("1")))) {
            old.migrate();
            upgrade(old.database(), V2);

            var more = old.next(
                            Script.async("1", Script.note("1")),
                            Script.async("2", Script.note("2")),
                            Script.async("3", context -> {
                                throw new SQLException("no", "42601");
                            }))
                    .migrate();

            assertThat(more.node().drain().succeeded()).isEqualTo(2);
            assertThat(more.status("3")).isEqualTo(EntryStatus.FAILED);
            more.node().queue().skip("3", "somebody", "a test");
            assertThat(more.node().queue().check().isHealthy()).isTrue();
            assertThat(more.journal()).containsExactly("1", "2");
            assertThat(old.database().column("SELECT version FROM async_schema_version ORDER BY version"))
                    .containsExactly(1, 2);
        }
    }

    @Test
    void refusesTablesThatAreTooNewAndLeavesThemAlone() throws SQLException {
        try (var old = Deployment.of(Script.async("1", Script.note("1")))) {
            old.migrate();
            var node = old.node();
            upgrade(old.database(), BREAKING);

            for (Runnable use : List.<Runnable>of(
                    () -> node.drain(),
                    () -> node.queue().check(),
                    () -> node.queue().list(),
                    () -> node.queue().retry("1", "somebody", "a test"))) {
                assertThatThrownBy(use::run)
                        .isInstanceOf(SchemaMismatchException.class)
                        .hasMessageContaining("of version 2")
                        .hasMessageContaining("knows version 2")
                        .hasMessageContaining("this one knows 1")
                        .hasMessageContaining("Upgrade TurnAsync");
            }
            assertThatThrownBy(() -> old.next(Script.async("1", Script.note("1")), Script.async("2", Script.note("2")))
                            .migrate())
                    .hasStackTraceContaining("this one knows 1");

            assertThat(old.database().column("SELECT entry_key || status FROM async_schema_migrations"))
                    .containsExactly("1QUEUED");
            assertThat(old.database().column("SELECT count(*) FROM flyway_schema_history WHERE version = '2'"))
                    .containsExactly(0L);
            assertThat(old.journal()).isEmpty();
        }
    }

    @Test
    void saysWhichRightIsMissing() throws SQLException {
        var role = role();
        try (var limited = database.dataSourceAs(role).getConnection()) {
            assertThatThrownBy(() -> known().ensure(limited))
                    .isInstanceOf(SchemaMismatchException.class)
                    .hasMessageContaining("missing in schema public")
                    .hasMessageContaining("user " + role)
                    .hasMessageContaining("Grant it CREATE on the schema");
        } finally {
            database.execute("DROP ROLE " + role);
        }
        assertThat(tables()).isEmpty();
    }

    @Test
    void saysThatAnUpgradeNeedsTheOwner() throws SQLException {
        known().ensure(connection);
        connection.commit();
        var role = role();
        database.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO " + role);
        try (var limited = database.dataSourceAs(role).getConnection()) {
            assertThatThrownBy(() -> new QueueSchema("public", List.of(V1, V2)).ensure(limited))
                    .isInstanceOf(SchemaMismatchException.class)
                    .hasMessageContaining("user " + role)
                    .hasMessageNotContaining("are missing");
        } finally {
            database.execute("DROP OWNED BY " + role + "; DROP ROLE " + role);
        }
    }

    @Test
    void needsNoRightToCreateWhereTheTablesAre() throws SQLException {
        known().ensure(connection);
        connection.commit();
        var role = role();
        database.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO " + role);
        try (var limited = database.dataSourceAs(role).getConnection()) {
            known().ensure(limited);

            assertThat(known().verify(limited)).isEqualTo(new Installed(1, 1));
        } finally {
            database.execute("DROP OWNED BY " + role + "; DROP ROLE " + role);
        }
    }

    private static QueueSchema known() {
        return new QueueSchema("public");
    }

    private String role() {
        var role = "limited_" + UUID.randomUUID().toString().replace("-", "");
        database.execute("CREATE ROLE " + role + " LOGIN");
        return role;
    }

    private static void upgrade(TestDatabase database, QueueSchema.Script script) throws SQLException {
        try (var connection = database.dataSource().getConnection()) {
            connection.setAutoCommit(false);
            new QueueSchema("public", List.of(V1, script)).ensure(connection);
            connection.commit();
        }
    }

    private CompletableFuture<Void> inAnotherThread() {
        return CompletableFuture.runAsync(() -> {
            try (var other = database.dataSource().getConnection()) {
                other.setAutoCommit(false);
                known().ensure(other);
                other.commit();
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private void awaitWaiting(String lock) {
        Awaitility.await()
                .until(() -> database.column("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = ?", lock)
                        .contains(1L));
    }

    private NewEntry newEntryAfterHistory() {
        database.execute("""
                CREATE TABLE history (
                    installed_rank INTEGER PRIMARY KEY, version TEXT, description TEXT, type TEXT, checksum INTEGER,
                    success BOOLEAN)""");
        return new NewEntry("history", "1", "one", null, "One", NewEntry.Terms.USUAL);
    }

    private List<Object> versions() {
        return database.column("SELECT version FROM async_schema_version ORDER BY version");
    }

    private List<Object> tables() {
        return database.column("SELECT tablename::TEXT FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename");
    }

    private static String v1() {
        try (var in = QueueSchema.class.getResourceAsStream(
                "/dev/turnasync/schema/postgresql/V1__async_schema_migrations.sql")) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

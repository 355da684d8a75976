package dev.turnasync.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.RetryPolicy;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Logged;
import dev.turnasync.fixture.Script;
import dev.turnasync.fixture.Script.Body;
import dev.turnasync.resumable.AsyncContext;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.PGStatement;
import org.postgresql.copy.CopyManager;
import org.postgresql.jdbc.PgConnection;

/** Threads that a body started and did not wait for, which go on with the connection that it was given. */
@Timeout(60)
final class LeftBehindTest {

    private static final String LATE = "INSERT INTO journal (what) VALUES ('late')";

    /** What a body keeps for the thread that it leaves behind. */
    @FunctionalInterface
    private interface Keep {
        Late of(AsyncContext context) throws Exception;
    }

    /** What that thread does later. */
    @FunctionalInterface
    private interface Late {
        void write() throws Exception;
    }

    private static void sql(Connection connection, String text) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(text);
        }
    }

    /** Runs V1, which keeps something, and V2, in whose middle a thread of V1's uses it. Returns how that ended. */
    private static String lateWrite(boolean inPieces, Keep keep) {
        var kept = new AtomicReference<Late>();
        var ended = new AtomicReference<>("wrote");
        Body leaves = context -> {
            Script.note(context, "1");
            kept.set(keep.of(context));
        };
        Body meets = context -> {
            Script.note(context, "2a");
            var thread = new Thread(() -> ended.set(outcome(kept.get())), "left-behind");
            thread.start();
            thread.join();
            Script.note(context, "2b");
        };
        var first = Script.async("1", leaves);
        var second = Script.async("2", meets);
        try (var build = Deployment.of(inPieces ? first.inPieces() : first, inPieces ? second.inPieces() : second)
                .migrate()) {
            assertThat(build.node().drain().succeeded()).isEqualTo(2);
            assertThat(build.journal()).containsExactly("1", "2a", "2b");
            assertThat(build.database().column("SELECT warning FROM async_schema_attempts"))
                    .containsOnlyNulls();
        }
        return ended.get();
    }

    private static String outcome(Late late) {
        try {
            late.write();
            return "wrote";
        } catch (Throwable e) {
            return e.getClass().getSimpleName() + ": " + e.getMessage();
        }
    }

    @Test
    void cannotWriteInAutocommitAfterTheEndAndIsNamedOnce() {
        try (var log = Logged.by("dev.turnasync.jdbc.LentConnection")) {
            var ended = lateWrite(true, context -> {
                var connection = context.getConnection();
                return () -> {
                    assertThatThrownBy(() -> sql(connection, LATE)).isInstanceOf(SQLException.class);
                    sql(connection, LATE);
                };
            });

            assertThat(ended)
                    .isEqualTo(
                            "SQLException: V1 step 1 (attempt 1) has ended, and the thread left-behind still uses the connection"
                                    + " that it was given; createStatement was refused. Let the body wait for its threads before it"
                                    + " returns.");
            assertThat(log.warnings()).singleElement().isEqualTo(ended.replace("SQLException: ", ""));
        }
    }

    @Test
    void cannotWriteIntoTheTransactionOfTheNextMigrationNorEndIt() {
        assertThat(lateWrite(false, context -> {
                    var connection = context.getConnection();
                    return () -> sql(connection, LATE);
                }))
                .startsWith("SQLException");
        assertThat(lateWrite(false, context -> context.getConnection()::commit)).startsWith("SQLException");
        assertThat(lateWrite(false, context -> context.getConnection()::rollback))
                .startsWith("SQLException");
        assertThat(lateWrite(false, context -> {
                    var connection = context.getConnection();
                    return () -> connection.abort(Runnable::run);
                }))
                .startsWith("SQLException");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void cannotUseAStatementThatWasMadeBeforeTheEnd(boolean inPieces) {
        assertThat(lateWrite(inPieces, context -> {
                    var statement = context.getConnection().prepareStatement(LATE);
                    return statement::executeUpdate;
                }))
                .startsWith("SQLException");
        assertThat(lateWrite(inPieces, context -> {
                    var statement = context.getConnection().createStatement();
                    return () -> statement.getConnection().createStatement().execute(LATE);
                }))
                .startsWith("SQLException");
    }

    @Test
    void cannotReachTheConnectionThroughWhatCameFromIt() {
        assertThat(lateWrite(true, context -> {
                    var rows = context.getConnection().createStatement().executeQuery("SELECT 1");
                    return () -> rows.getStatement().execute(LATE);
                }))
                .startsWith("SQLException");
        assertThat(lateWrite(true, context -> {
                    var data = context.getConnection().getMetaData();
                    return () -> sql(data.getConnection(), LATE);
                }))
                .startsWith("SQLException");
        assertThat(lateWrite(true, context -> {
                    var driver = context.getConnection().unwrap(PGConnection.class);
                    return () -> sql((Connection) driver, LATE);
                }))
                .startsWith("SQLException");
    }

    @Test
    void cannotReachWhatIsBeneathOnceTheNextMigrationRuns() {
        assertThat(lateWrite(false, context -> {
                    var driver = context.getConnection().unwrap(PgConnection.class);
                    return () -> sql(driver, LATE);
                }))
                .startsWith("PSQLException");
        assertThat(lateWrite(true, context -> {
                    var copies =
                            context.getConnection().unwrap(PGConnection.class).getCopyAPI();
                    return () -> copies.copyIn("COPY journal (what) FROM STDIN", new StringReader("late\n"));
                }))
                .startsWith("PSQLException");
    }

    @Test
    void cannotUseTheContextAfterTheEnd() {
        assertThat(lateWrite(true, context -> () -> sql(context.getConnection(), LATE)))
                .startsWith("SQLException");
        assertThat(lateWrite(
                        true,
                        context -> () -> context.inTransaction(transaction -> {
                            sql(transaction.connection(), LATE);
                            return true;
                        })))
                .startsWith("IllegalStateException: V1 step 1 (attempt 1) has ended, and the thread left-behind");
        assertThat(lateWrite(true, context -> context::fork)).startsWith("IllegalStateException");
        assertThat(lateWrite(true, context -> {
                    var transaction = new AtomicReference<Connection>();
                    context.inTransaction(open -> {
                        transaction.set(open.connection());
                        return true;
                    });
                    return () -> sql(transaction.get(), LATE);
                }))
                .startsWith("SQLException");
    }

    @Test
    void cannotUseTheConnectionOfAForkAfterItsEnd() {
        assertThat(lateWrite(true, context -> {
                    var connection = new AtomicReference<Connection>();
                    try (var fork = context.fork().orElseThrow()) {
                        fork.inTransaction(transaction -> {
                            connection.set(transaction.connection());
                            return true;
                        });
                    }
                    return () -> sql(connection.get(), LATE);
                }))
                .startsWith("SQLException");
    }

    @Test
    void endsQuietlyWhereItOnlyCloses() {
        assertThat(lateWrite(true, context -> {
                    var connection = context.getConnection();
                    var statement = connection.prepareStatement(LATE);
                    return () -> {
                        statement.close();
                        connection.close();
                        assertThat(statement.isClosed()).isTrue();
                        assertThat(connection.isClosed()).isTrue();
                    };
                }))
                .isEqualTo("wrote");
    }

    /** The body returns while a statement of its thread runs. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void failsAMigrationWhoseThreadIsStillAtWorkAtItsEnd(boolean inPieces) {
        var thread = new AtomicReference<CompletableFuture<Void>>();
        var database = new AtomicReference<Deployment>();
        var body = Script.async("1", context -> {
            Script.note(context, "1");
            thread.set(slowWrite(context.getConnection()));
            awaitBusy(database.get());
        });
        try (var build = Deployment.of(inPieces ? body.inPieces() : body, Script.async("2", Script.note("2")))
                .migrate()) {
            database.set(build);
            var node = build.node(AsyncMigrations.builder(build.flyway()).retryPolicy(RetryPolicy.never()));

            node.drain();

            assertThat(build.status("1")).isEqualTo(EntryStatus.FAILED);
            assertThat(message(node)).contains("another thread that it started is still at work on its connection");
            assertThat(thread.get().handle((done, failure) -> failure != null).join())
                    .isTrue();
            node.queue().skip("1", "ada", "bad body");
            assertThat(node.drain().succeeded()).isEqualTo(1);
            assertThat(build.journal()).isEqualTo(inPieces ? java.util.List.of("1", "2") : java.util.List.of("2"));
        }
    }

    @Test
    void failsATransactionInWhichAnotherThreadIsStillAtWork() {
        var database = new AtomicReference<Deployment>();
        var body = Script.async(
                        "1",
                        context -> context.inTransaction(transaction -> {
                            sql(transaction.connection(), "INSERT INTO journal (what) VALUES ('1')");
                            var unused = slowWrite(transaction.connection());
                            awaitBusy(database.get());
                            return true;
                        }))
                .inPieces();
        try (var build = Deployment.of(body).migrate()) {
            database.set(build);
            var node = build.node(AsyncMigrations.builder(build.flyway()).retryPolicy(RetryPolicy.never()));

            node.drain();

            assertThat(build.status("1")).isEqualTo(EntryStatus.FAILED);
            assertThat(message(node)).contains("another thread that it started");
            assertThat(build.journal()).isEmpty();
        }
    }

    private static CompletableFuture<Void> slowWrite(Connection connection) {
        return CompletableFuture.runAsync(() -> {
            try {
                sql(connection, "INSERT INTO journal (what) SELECT 'late' FROM pg_sleep(600)");
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private static void awaitBusy(Deployment build) {
        Awaitility.await()
                .until(() -> build.database()
                        .column("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'"
                                + " AND query LIKE '%pg_sleep(600)' AND pid <> pg_backend_pid()")
                        .contains(1));
    }

    private static String message(AsyncMigrations node) {
        var entry = node.queue().find("1").orElseThrow();
        return Objects.requireNonNull(node.queue().attempts(entry).get(0).failure())
                .message();
    }

    @Test
    void isLentAllThatTheDriverGives() {
        try (var build = Deployment.of(Script.async("1", LeftBehindTest::useAll), Script.async("2", Script.note("2")))
                .migrate()) {
            assertThat(build.node().drain().succeeded()).isEqualTo(2);
            assertThat(build.journal()).containsExactly("copied", "called", "2");
        }
    }

    private static void useAll(AsyncContext context) throws Exception {
        var connection = context.getConnection();
        assertThat(connection).isInstanceOf(PGConnection.class).isEqualTo(context.getConnection());
        assertThat(connection.isWrapperFor(PGConnection.class)).isTrue();
        assertThat(connection.unwrap(Connection.class)).isSameAs(connection);
        new CopyManager((org.postgresql.core.BaseConnection) connection)
                .copyIn("COPY journal (what) FROM STDIN", new StringReader("copied\n"));
        var savepoint = connection.setSavepoint("here");
        sql(connection, LATE);
        connection.rollback(savepoint);
        try (PreparedStatement statement =
                connection.prepareStatement("INSERT INTO journal (what) SELECT unnest(?) RETURNING what")) {
            assertThat(statement).isInstanceOf(PGStatement.class);
            assertThat(statement.getConnection()).isSameAs(connection);
            statement.setArray(1, connection.createArrayOf("text", new String[] {"called"}));
            try (ResultSet rows = statement.executeQuery()) {
                assertThat(rows.next()).isTrue();
                Statement from = rows.getStatement();
                assertThat(from).isSameAs(statement);
            }
        }
        assertThat(connection.getMetaData().getConnection()).isSameAs(connection);
        try (var tables = connection.getMetaData().getTables(null, null, "journal", null)) {
            assertThat(tables.next()).isTrue();
            assertThat(tables.getStatement().getConnection()).isSameAs(connection);
        }
        var last = connection.setSavepoint();
        assertThatThrownBy(() -> sql(connection, "SELECT 1/0")).isInstanceOf(org.postgresql.util.PSQLException.class);
        connection.rollback(last);
    }

    @Test
    void keepsTheSessionForTheNextMigrationUnlessSomebodyReachedBeneath() {
        Body pid = context -> sql(context.getConnection(), "INSERT INTO journal (what) VALUES (pg_backend_pid())");
        Body guarded = context -> {
            pid.run(context);
            assertThat(context.getConnection().unwrap(PGConnection.class).getBackendPID())
                    .isPositive();
        };
        Body beneath = context -> {
            pid.run(context);
            assertThat(context.getConnection().unwrap(PgConnection.class).getBackendPID())
                    .isPositive();
        };
        try (var build = Deployment.of(Script.async("1", guarded), Script.async("2", beneath), Script.async("3", pid))
                        .migrate();
                var pool = pool(build.database().dataSource())) {
            var node = build.node(AsyncMigrations.builder(build.flyway(pool)));

            assertThat(node.drain().succeeded()).isEqualTo(3);

            var sessions = build.journal();
            assertThat(sessions.get(0)).isEqualTo(sessions.get(1)).isNotEqualTo(sessions.get(2));
        }
    }

    private static HikariDataSource pool(DataSource source) {
        var pool = new HikariDataSource();
        pool.setDataSource(source);
        pool.setMaximumPoolSize(2);
        return pool;
    }
}

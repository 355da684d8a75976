package dev.turnasync.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.AsyncMigrationsBuilder;
import dev.turnasync.api.DrainResult;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.RetryPolicy;
import dev.turnasync.database.TestDatabase;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** A body has run to its end, and the database does not take its outcome: the outcome waits, and the body is not run again. */
class SettlementTest {

    private static final Logger LOG = Logger.getLogger(SettledRun.class.getName());

    private final AtomicInteger runs = new AtomicInteger();
    private final CountDownLatch refused = new CountDownLatch(1);
    private final Handler log = new Handler() {
        @Override
        public void publish(LogRecord line) {
            if (line.getMessage().contains("waiting for the database")) {
                refused.countDown();
            }
        }

        @Override
        public void flush() {
            // nothing is kept
        }

        @Override
        public void close() {
            // nothing is open
        }
    };

    @BeforeEach
    void listen() {
        LOG.addHandler(log);
    }

    @AfterEach
    void stopListening() {
        LOG.removeHandler(log);
    }

    private void awaitRefusal() throws InterruptedException {
        assertThat(refused.await(1, TimeUnit.MINUTES)).isTrue();
    }

    /** What happens to the database while the body runs. */
    @FunctionalInterface
    private interface Trouble {
        void begin(TestDatabase database) throws Exception;
    }

    private Deployment build(Trouble trouble) {
        var build = new Deployment[1];
        build[0] = Deployment.of(Script.async("1", context -> {
                    runs.incrementAndGet();
                    trouble.begin(build[0].database());
                })
                .inPieces());
        return build[0].migrate();
    }

    private static AsyncMigrationsBuilder options(Deployment build) {
        return AsyncMigrations.builder(build.flyway())
                .leaseFor(Duration.ofSeconds(2))
                .retryPolicy(RetryPolicy.never().withDelays(Duration.ZERO, Duration.ZERO));
    }

    private static CompletableFuture<DrainResult> inBackground(AsyncMigrations node) {
        return CompletableFuture.supplyAsync(node::drain, Executors.newSingleThreadExecutor());
    }

    private void assertSettledOnce(Deployment build, CompletableFuture<DrainResult> result) throws Exception {
        assertThat(result.get().succeeded()).isEqualTo(1);
        assertThat(build.status("1")).isEqualTo(EntryStatus.SUCCEEDED);
        assertThat(build.entry("1").tries().workerDeaths()).isZero();
        assertThat(runs).hasValue(1);
    }

    /** As VACUUM FULL, or an ALTER TABLE of a person's. */
    @Test
    void waitsForALockOnTheQueuesTables() throws Exception {
        var blocker = new AtomicReference<Connection>();
        try (var build = build(database -> {
            var connection = database.dataSource().getConnection();
            connection.setAutoCommit(false);
            execute(connection, "LOCK TABLE async_schema_attempts IN ACCESS EXCLUSIVE MODE");
            blocker.set(connection);
        })) {
            var result = inBackground(build.node(options(build)));
            awaitRefusal();
            blocker.get().close();

            assertSettledOnce(build, result);
        }
    }

    /** A failover, or a managed service whose disk is full. */
    @Test
    void waitsUntilTheDatabaseIsNoLongerReadOnly() throws Exception {
        try (var build = build(database -> readOnly(database, true))) {
            var result = inBackground(build.node(options(build)));
            awaitRefusal();
            readOnly(build.database(), false);

            assertSettledOnce(build, result);
        }
    }

    @Test
    void waitsUntilItsRoleMayLogInAgain() throws Exception {
        var role = "worker_" + UUID.randomUUID().toString().replace("-", "");
        try (var build = build(database -> {
            database.execute("ALTER ROLE " + role + " NOLOGIN");
            endSessions(database);
        })) {
            build.database().execute("CREATE ROLE " + role + " LOGIN SUPERUSER");
            var result = inBackground(
                    build.node(options(build).leaseDataSource(build.database().dataSourceAs(role))));
            awaitRefusal();
            build.database().execute("ALTER ROLE " + role + " LOGIN");

            assertSettledOnce(build, result);
        }
    }

    /** As while it is restored, or a pooler reads its settings again. */
    @Test
    void waitsForADatabaseThatIsRenamedForAWhile() throws Exception {
        try (var build = build(database -> rename(database, database.name(), "away_" + database.name()))) {
            var result = inBackground(build.node(options(build)));
            awaitRefusal();
            rename(
                    build.database(),
                    "away_" + build.database().name(),
                    build.database().name());

            assertSettledOnce(build, result);
        }
    }

    private static void rename(TestDatabase database, String from, String to) throws SQLException {
        var source = new PGSimpleDataSource();
        source.setURL(database.url().replace("/" + database.name(), "/postgres"));
        try (var connection = source.getConnection()) {
            execute(
                    connection,
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + from + "'");
            execute(connection, "ALTER DATABASE " + from + " RENAME TO " + to);
        }
    }

    /** A data source of the application's may throw what it likes. */
    @Test
    void waitsForADataSourceThatFailsInAWayOfItsOwn() throws Exception {
        try (var build = build(database -> endSessions(database))) {
            var failing = new AtomicBoolean();
            var source = new PGSimpleDataSource() {
                @Override
                public Connection getConnection() throws SQLException {
                    if (runs.get() > 0 && failing.compareAndSet(false, true)) {
                        throw new IllegalStateException("no route to a shard");
                    }
                    return super.getConnection();
                }
            };
            source.setURL(build.database().url());
            var result = inBackground(build.node(options(build).leaseDataSource(source)));

            assertSettledOnce(build, result);
        }
    }

    /** It may be granted again; what is known of the body does not change meanwhile. */
    @Test
    void waitsForARightThatWasRevoked() throws Exception {
        var role = "worker_" + UUID.randomUUID().toString().replace("-", "");
        try (var build = build(database -> database.execute("REVOKE UPDATE ON async_schema_attempts FROM " + role))) {
            var all = "ALL ON ALL TABLES IN SCHEMA public TO " + role;
            build.database().execute("CREATE ROLE " + role + " LOGIN; GRANT " + all);
            var result = inBackground(
                    build.node(options(build).leaseDataSource(build.database().dataSourceAs(role))));
            awaitRefusal();
            build.database().execute("GRANT " + all);

            assertSettledOnce(build, result);
        }
    }

    /** The way of the queue's tables is no outage: nothing is left to be settled. */
    @Test
    void endsWhenTheQueuesTablesAreGone() throws Exception {
        try (var build =
                build(database -> database.execute("DROP TABLE async_schema_lease, async_schema_attempts CASCADE"))) {
            var result = inBackground(build.node(options(build)));

            assertThat(result.handle((done, failure) -> failure).get()).hasMessageContaining("async_schema");
            assertThat(runs).hasValue(1);
        }
    }

    private static void readOnly(TestDatabase database, boolean on) throws SQLException {
        var source = new PGSimpleDataSource();
        source.setURL(database.url() + "&options=-c%20default_transaction_read_only=off");
        try (var connection = source.getConnection()) {
            execute(connection, """
                    DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = MODE', current_database());
                    END $$""".replace("MODE", Boolean.toString(on)));
        }
        endSessions(database);
    }

    private static void endSessions(TestDatabase database) {
        database.execute("""
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()""");
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}

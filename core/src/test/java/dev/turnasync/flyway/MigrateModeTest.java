package dev.turnasync.flyway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.turnasync.database.TestDatabase;
import dev.turnasync.fixture.Outage;
import dev.turnasync.flyway.fixture.AsyncStep;
import dev.turnasync.flyway.fixture.SyncStep;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationState;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.core.api.migration.Context;
import org.flywaydb.core.api.migration.JavaMigration;
import org.flywaydb.core.api.output.MigrateResult;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** What {@code migrate} does on the nodes of a fleet. */
@Tag("hook")
@Isolated("Flyway keeps the number of its tries for the lock in a static field")
class MigrateModeTest {

    private final TestDatabase database = TestDatabase.fresh();

    @AfterEach
    void drop() {
        database.close();
    }

    @Test
    void readsModeAndTimeoutFromThreePlaces() {
        var configuration = in("skip", Flyway.configure());
        extension(configuration).setMigrateTimeout("90s");

        assertThat(MigrateMode.of(Flyway.configure())).isEqualTo(MigrateMode.RUN);
        assertThat(MigrateMode.timeout(Flyway.configure())).isEqualTo(Duration.ofMinutes(10));
        assertThat(MigrateMode.of(configuration, name -> null, other -> null)).isEqualTo(MigrateMode.SKIP);
        assertThat(MigrateMode.of(configuration, name -> null, Map.of("TURNASYNC_MIGRATE", " Wait ")::get))
                .isEqualTo(MigrateMode.WAIT);
        assertThat(MigrateMode.of(configuration, Map.of("turnasync.migrate", "run")::get, name -> "wait"))
                .isEqualTo(MigrateMode.RUN);
        assertThat(MigrateMode.timeout(configuration, name -> null, other -> null))
                .isEqualTo(Duration.ofSeconds(90));
        assertThat(MigrateMode.timeout(configuration, name -> null, Map.of("TURNASYNC_MIGRATE_TIMEOUT", "PT10M")::get))
                .isEqualTo(Duration.ofMinutes(10));
        assertThat(MigrateMode.timeout(configuration, Map.of("turnasync.migrateTimeout", "1 h")::get, name -> "2m"))
                .isEqualTo(Duration.ofHours(1));
    }

    @Test
    void refusesValuesItDoesNotUnderstand() {
        assertThatThrownBy(() -> in("later", Flyway.configure()).load())
                .isInstanceOf(FlywayException.class)
                .hasMessageContaining("flyway.turnasync.migrate")
                .hasMessageContaining("\"later\"")
                .hasMessageContaining("run, skip, wait");
        for (var wrong : new String[] {"soon", "-5s", "PT-5S", "10"}) {
            assertThatThrownBy(() -> MigrateMode.timeout(Flyway.configure(), name -> wrong, name -> null))
                    .hasMessageContaining("system property turnasync.migrateTimeout")
                    .hasMessageContaining("90s, 10m or PT10M");
        }
    }

    @Test
    void triesForTheLockAsLongAsTheTimeoutAllows() {
        var configuration = Flyway.configure();
        assertThat(tries(configuration)).isEqualTo(600);

        extension(configuration).setMigrateTimeout("90s");
        assertThat(tries(configuration)).isEqualTo(90);
        assertThat(tries(Flyway.configure().configuration(configuration.load().getConfiguration())))
                .isEqualTo(90);

        var copy = Flyway.configure().configuration(configuration.load().getConfiguration());
        extension(copy).setMigrateTimeout("2m");
        assertThat(tries(copy)).isEqualTo(120);
        assertThat(tries(in("skip", copy))).isEqualTo(50);
        assertThat(tries(Flyway.configure().lockRetryCount(7))).isEqualTo(7);
    }

    @Test
    void waitsForANodeThatHoldsFlywaysLockForLong() throws Exception {
        try (var other = new OtherNode(database)) {
            var few = Flyways.with(database, SyncStep.of("1")).lockRetryCount(1);
            assertThatThrownBy(() -> few.load().migrate()).hasMessageContaining("Number of retries exceeded");

            var waiting = migrate(Flyways.with(database, SyncStep.of("1"), SyncStep.of("2")));
            var tries = new HashSet<Object>();
            await().until(() -> {
                tries.addAll(database.column("""
                        SELECT query_start::TEXT
                        FROM pg_stat_activity
                        WHERE datname = current_database() AND query LIKE '%pg_try_advisory%' AND pid <> pg_backend_pid()
                        """));
                return tries.size() > 3;
            });
            assertThat(waiting).isNotDone();
            other.finish();

            assertThat(waiting.get().migrationsExecuted).isEqualTo(1);
        }
    }

    @Test
    void skipsWithoutWritingAnything() {
        for (var group : new boolean[] {false, true}) {
            var skipping = in("skip", Flyways.with(database, SyncStep.of("1"), AsyncStep.of("2")))
                    .schemas("fresh")
                    .group(group)
                    .baselineOnMigrate(true);

            var result = skipping.load().migrate();

            assertThat(result.migrationsExecuted).isZero();
            assertThat(result.success).isTrue();
            assertThat(Flyways.tables(database)).isEmpty();
            assertThat(database.column("SELECT 1 FROM pg_namespace WHERE nspname = 'fresh'"))
                    .isEmpty();
        }
    }

    @Test
    void skipsWhateverTheHistoryHolds() {
        Flyways.with(database, SyncStep.of("1"), SyncStep.of("3"), SyncStep.repeatable(7))
                .load()
                .migrate();
        Flyways.with(database).load().repair();
        database.execute("""
                INSERT INTO flyway_schema_history
                    (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success)
                VALUES (90, '9', 'broken', 'SQL', 'V9__broken.sql', 1, 'me', 1, false)""");
        var before = Flyways.history(database);

        var skipping = in(
                "skip",
                Flyways.with(
                        database, SyncStep.of("2"), new SyncStep("3", "renamed", 5, true), SyncStep.repeatable(8)));

        assertThat(skipping.load().migrate().migrationsExecuted).isZero();
        assertThat(Flyways.history(database)).isEqualTo(before);
    }

    @Test
    void skipsWithoutWaitingForFlywaysLock() throws Exception {
        try (var other = new OtherNode(database)) {
            var skipping = in("skip", Flyways.with(database, SyncStep.of("1"), SyncStep.of("2")))
                    .lockRetryCount(0);

            assertThat(skipping.load().migrate().migrationsExecuted).isZero();
            assertThat(other.isBusy()).isTrue();
        }
    }

    @Test
    void knowsTheAsyncMigrationsWhereItSkips() {
        var skipping = in("skip", Flyways.scanning(database, "mixed").javaMigrations(AsyncStep.of("6")))
                .load();
        skipping.migrate();

        assertThat(MigrationRegistry.of(skipping.getConfiguration()).all())
                .extracting(MigrationRegistry.Source::version)
                .containsExactlyInAnyOrder("2", "5", "6");
    }

    @Test
    void leavesInfoAndValidateAsTheyAre() {
        Flyways.with(database, SyncStep.of("1")).load().migrate();
        for (var mode : new String[] {"skip", "wait"}) {
            var flyway = in(mode, Flyways.with(database, SyncStep.of("1"), SyncStep.of("2")))
                    .load();

            assertThat(Arrays.stream(flyway.info().all()).map(MigrationInfo::getState))
                    .containsExactly(MigrationState.SUCCESS, MigrationState.PENDING);
            assertThatThrownBy(flyway::validate).hasMessageContaining("2");
            assertThat(flyway.repair().repairActions).isEmpty();
        }
    }

    @Test
    void waitsUntilAnotherNodeHasMigratedAll() throws Exception {
        var waiting = migrate(in("wait", Flyways.scanning(database, "mixed")).schemas("app"));
        Flyways.scanning(database, "mixed").schemas("app").target("4").load().migrate();
        assertThat(waiting).isNotDone();

        Flyways.scanning(database, "mixed").schemas("app").load().migrate();

        assertThat(waiting.get().migrationsExecuted).isZero();
    }

    @Test
    void waitsWithTheRightToReadOnly() throws Exception {
        var role = "reader_" + UUID.randomUUID().toString().replace("-", "");
        database.execute("CREATE ROLE " + role + " LOGIN");
        database.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO " + role);
        try {
            var waiting = migrate(in("wait", Flyways.with(database, SyncStep.of("1"), SyncStep.repeatable(7)))
                    .dataSource(database.dataSourceAs(role)));
            assertThatThrownBy(() -> waiting.get(1500, TimeUnit.MILLISECONDS)).isInstanceOf(Exception.class);
            assertThat(Flyways.tables(database)).isEmpty();

            Flyways.with(database, SyncStep.of("1"), SyncStep.repeatable(7))
                    .load()
                    .migrate();

            assertThat(waiting.get().migrationsExecuted).isZero();
            assertThat(in("skip", Flyways.with(database, SyncStep.of("2")))
                            .dataSource(database.dataSourceAs(role))
                            .load()
                            .migrate()
                            .migrationsExecuted)
                    .isZero();
        } finally {
            database.execute("DROP OWNED BY " + role + "; DROP ROLE " + role);
        }
    }

    @Test
    void waitsForADatabaseThatIsAway() throws Exception {
        Flyways.with(database, SyncStep.of("1")).load().migrate();
        var outage = new Outage();
        outage.begin();
        var steps = Flyways.with(database, SyncStep.of("1"), SyncStep.of("2"));
        var waiting = migrate(in("wait", steps.dataSource(outage.around(database.dataSource()))));
        await().until(() -> outage.refused() > 0);
        outage.end();
        assertThat(waiting).isNotDone();
        outage.begin();
        var before = outage.refused();
        await().until(() -> outage.refused() > before);
        Flyways.with(database, SyncStep.of("1"), SyncStep.of("2")).load().migrate();
        outage.end();

        assertThat(waiting.get().migrationsExecuted).isZero();
    }

    @Test
    void namesWhatIsMissingAtTheTimeout() {
        var steps = IntStream.rangeClosed(1, 14)
                .mapToObj(number -> SyncStep.of(String.valueOf(number)))
                .toArray(JavaMigration[]::new);
        Flyways.with(database, steps).target("1").load().migrate();
        var waiting = in("wait", Flyways.with(database, steps));
        extension(waiting).setMigrateTimeout("1s");

        assertThatThrownBy(() -> waiting.load().migrate())
                .isInstanceOf(FlywayException.class)
                .hasMessageMatching("(?s).*waited \\d+ s for another node.*")
                .hasMessageContaining("missing is V2 step 2, V3 step 3")
                .hasMessageContaining("V11 step 11 and 3 more")
                .hasMessageContaining("turnasync.migrateTimeout");
    }

    @Test
    void endsTheWaitAtAFailedMigration() {
        Flyways.with(database, SyncStep.of("1")).load().migrate();
        database.execute("""
                INSERT INTO flyway_schema_history
                    (installed_rank, version, description, type, script, installed_by, execution_time, success)
                VALUES (2, '2', 'step 2', 'JDBC', 'x', 'me', 1, false)""");

        var waiting = in("wait", Flyways.with(database, SyncStep.of("1"), SyncStep.of("2"), SyncStep.of("3")));
        extension(waiting).setMigrateTimeout("20s");

        assertThatThrownBy(() -> waiting.load().migrate())
                .isInstanceOf(FlywayException.class)
                .hasMessageContaining("lists as failed: V2 step 2")
                .hasMessageContaining("repair");
    }

    @Test
    void validatesWhatItWaitedForUnlessToldNotTo() {
        Flyways.with(database, new SyncStep("1", "one", 5, true)).load().migrate();
        var other = Flyways.with(database, new SyncStep("1", "one", 6, true));

        assertThatThrownBy(() -> in("wait", other).load().migrate()).hasMessageContaining("checksum");
        assertThatCode(() -> in("wait", other).validateOnMigrate(false).load().migrate())
                .doesNotThrowAnyException();
    }

    @Test
    void endsTheWaitWhenInterrupted() throws Exception {
        var error = new CompletableFuture<Throwable>();
        var flyway = in("wait", Flyways.with(database, SyncStep.of("1"))).load();
        var thread = new Thread(() -> {
            try {
                flyway.migrate();
            } catch (FlywayException e) {
                error.complete(Thread.currentThread().isInterrupted() ? e : new IllegalStateException("not kept", e));
            }
        });
        thread.start();
        thread.interrupt();

        assertThat(error.get()).hasMessageContaining("interrupted after waiting");
    }

    @Test
    void migratesAgainWhenACopyIsSetToRun() {
        var skipping = in("skip", Flyways.with(database, SyncStep.of("1"), AsyncStep.of("2")))
                .schemas("fresh")
                .load();
        skipping.migrate();

        var running = in("run", Flyway.configure().configuration(skipping.getConfiguration()));

        assertThat(running.load().migrate().migrationsExecuted).isEqualTo(2);
        assertThat(running.load().getConfiguration().isCreateSchemas()).isTrue();
    }

    @Test
    void keepsAwayInModeInlineToo() {
        var skipping = in("skip", Flyways.inline(Flyways.with(database, AsyncStep.of("1"))));

        assertThat(skipping.load().migrate().migrationsExecuted).isZero();
        assertThat(Flyways.tables(database)).isEmpty();
    }

    /** A node in the middle of a migration, so that it holds Flyway's lock. */
    private static final class OtherNode implements AutoCloseable {

        private final CountDownLatch began = new CountDownLatch(1);
        private final CountDownLatch mayEnd = new CountDownLatch(1);
        private final CompletableFuture<MigrateResult> migrate;

        OtherNode(TestDatabase database) throws InterruptedException {
            var slow = new BlockingStep(began, mayEnd);
            migrate = MigrateModeTest.migrate(Flyways.with(database, slow));
            began.await();
        }

        boolean isBusy() {
            return !migrate.isDone();
        }

        void finish() {
            mayEnd.countDown();
            migrate.join();
        }

        @Override
        public void close() {
            finish();
        }
    }

    private static CompletableFuture<MigrateResult> migrate(FluentConfiguration configuration) {
        var flyway = configuration.load();
        return CompletableFuture.supplyAsync(flyway::migrate);
    }

    private static FluentConfiguration in(String mode, FluentConfiguration configuration) {
        extension(configuration).setMigrate(mode);
        return configuration;
    }

    private static TurnAsyncConfigurationExtension extension(FluentConfiguration configuration) {
        return Objects.requireNonNull(FlywayInternals.extension(configuration));
    }

    private static int tries(FluentConfiguration configuration) {
        return configuration.load().getConfiguration().getLockRetryCount();
    }

    /** A migration like {@code SyncStep.of("1")} that takes as long as it is told. */
    private record BlockingStep(CountDownLatch began, CountDownLatch mayEnd) implements JavaMigration {

        @Override
        public MigrationVersion getVersion() {
            return MigrationVersion.fromVersion("1");
        }

        @Override
        public String getDescription() {
            return "step 1";
        }

        @Override
        public @Nullable Integer getChecksum() {
            return null;
        }

        @Override
        public boolean canExecuteInTransaction() {
            return true;
        }

        @Override
        public void migrate(Context context) throws Exception {
            began.countDown();
            mayEnd.await();
        }
    }
}

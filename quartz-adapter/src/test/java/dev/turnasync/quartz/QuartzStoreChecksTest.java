package dev.turnasync.quartz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.database.TestDatabase;
import dev.turnasync.fixture.Deployment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quartz.impl.jdbcjobstore.StdJDBCDelegate;

/** What start says about schedulers that are set up wrongly. */
class QuartzStoreChecksTest {

    private static final String TABLES = "/org/quartz/impl/jdbcjobstore/tables_postgres.sql";

    private final Deployment build = Deployment.of();
    private final QuartzAdapter adapter = QuartzAdapter.of(build.node());

    @AfterEach
    void close() {
        adapter.close();
        build.close();
    }

    /** The warnings that start logs. */
    private List<String> warnings(Schedulers schedulers) {
        var texts = new ArrayList<String>();
        var handler = new Handler() {
            @Override
            public void publish(LogRecord entry) {
                texts.add(entry.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        var logger = Logger.getLogger(QuartzAdapter.class.getName());
        logger.addHandler(handler);
        try (schedulers) {
            adapter.start(schedulers.make());
        } finally {
            logger.removeHandler(handler);
        }
        return texts;
    }

    @Test
    void findNothingWrongWithAClusteredStore() {
        assertThat(warnings(Schedulers.clustered(build.database()))).isEmpty();
    }

    @Test
    void warnOfAStoreInMemory() {
        assertThat(warnings(Schedulers.inMemory()))
                .singleElement()
                .asString()
                .contains("in memory")
                .contains("org.quartz.jobStore.class=org.quartz.impl.jdbcjobstore.JobStoreTX");
    }

    @Test
    void warnOfAStoreThatIsNotClustered() {
        assertThat(warnings(Schedulers.clustered(build.database()).with("org.quartz.jobStore.isClustered", "false")))
                .singleElement()
                .asString()
                .contains("org.quartz.jobStore.isClustered=true");
    }

    @Test
    void warnOfAClusterWithoutInstanceIds() {
        assertThat(warnings(Schedulers.clustered(build.database())
                        .with("org.quartz.scheduler.instanceId", "NON_CLUSTERED")))
                .singleElement()
                .asString()
                .contains("org.quartz.scheduler.instanceId=AUTO");
    }

    @ParameterizedTest
    @ValueSource(strings = {"true", "false"})
    void refuseTheDelegateThatCannotReadWhatItWrites(String useProperties) {
        try (var schedulers = Schedulers.clustered(build.database())
                .with("org.quartz.jobStore.driverDelegateClass", StdJDBCDelegate.class.getName())
                .with("org.quartz.jobStore.useProperties", useProperties)) {
            assertThatThrownBy(() -> adapter.start(schedulers.make()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("org.quartz.jobStore.driverDelegateClass="
                            + "org.quartz.impl.jdbcjobstore.PostgreSQLDelegate");
            assertThat(build.database().column("SELECT trigger_name FROM qrtz_triggers"))
                    .isEmpty();
        }
    }

    @Test
    void nameTheMigrationWhereTheTablesAreMissingAfterWhichStartWorks() throws Exception {
        try (var schedulers = Schedulers.withoutTables(build.database())) {
            var scheduler = schedulers.make();
            assertThatThrownBy(() -> adapter.start(scheduler))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("classpath:dev/turnasync/quartz/postgresql")
                    .hasMessageContaining("org.quartz.jobStore.tablePrefix");
            assertThat(scheduler.getContext()).isEmpty();
            assertThat(scheduler.getListenerManager().getSchedulerListeners()).isEmpty();

            Schedulers.clustered(build.database()).close();
            adapter.start(scheduler);
        }
    }

    @Test
    void refuseASchedulerThatWasShutDown() throws Exception {
        try (var schedulers = Schedulers.inMemory()) {
            var scheduler = schedulers.make();
            scheduler.shutdown();
            assertThatThrownBy(() -> adapter.start(scheduler))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("was shut down");
        }
    }

    @Test
    void passOnWhatADatabaseSaysThatIsAway() {
        var gone = TestDatabase.fresh();
        try (var schedulers = Schedulers.withoutTables(gone)) {
            var scheduler = schedulers.make();
            gone.close();
            assertThatThrownBy(() -> adapter.start(scheduler))
                    .isInstanceOf(AsyncMigrationException.class)
                    .hasMessageContaining("could not be started");
        }
    }

    @Test
    void makeTheTablesOfQuartzsOwnScript() throws Exception {
        try (var own = TestDatabase.fresh();
                var script = Objects.requireNonNull(StdJDBCDelegate.class.getResourceAsStream(TABLES))) {
            own.execute(new String(script.readAllBytes(), StandardCharsets.UTF_8));
            Schedulers.clustered(build.database()).close();

            assertThat(columns(build.database())).isEqualTo(columns(own)).hasSizeGreaterThan(70);
            assertThat(indexes(build.database())).isEqualTo(indexes(own)).hasSizeGreaterThan(20);
        }
    }

    private static List<Map<String, Object>> columns(TestDatabase database) {
        return database.query("""
                SELECT table_name, column_name, data_type, character_maximum_length, numeric_precision, numeric_scale, is_nullable
                FROM information_schema.columns
                WHERE table_name LIKE 'qrtz%'
                ORDER BY table_name, ordinal_position""");
    }

    /** Indexes and constraints, keys included. */
    private static List<Map<String, Object>> indexes(TestDatabase database) {
        return database.query("""
                SELECT indexname AS name, indexdef AS definition FROM pg_indexes WHERE tablename LIKE 'qrtz%'
                UNION ALL
                SELECT conname, conrelid::regclass || ' ' || pg_get_constraintdef(oid)
                FROM pg_constraint WHERE conrelid::regclass::text LIKE 'qrtz%'
                ORDER BY name, definition""");
    }
}

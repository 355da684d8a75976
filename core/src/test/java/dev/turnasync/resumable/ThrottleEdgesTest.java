package dev.turnasync.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnasync.database.TestDatabase;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import dev.turnasync.resumable.Throttle.Probe;
import dev.turnasync.resumable.Throttle.Reading;
import dev.turnasync.resumable.Throttle.WhenUnknown;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Signals that cannot be read as they were meant, and names and zones that are written otherwise elsewhere. */
class ThrottleEdgesTest {

    /** A signal whose query fails, and with it the transaction it runs in. */
    private record Broken(String sql) implements Throttle {
        @Override
        public Reading read(Probe probe) throws SQLException {
            try (var statement = probe.connection().createStatement()) {
                statement.execute(sql);
            }
            return new Reading(0.0, "");
        }

        @Override
        public boolean insideBatch() {
            return true;
        }

        @Override
        public WhenUnknown whenUnknown() {
            return WhenUnknown.PROCEED;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"SELECT 1 / 0", "SELECT * FROM no_such_view"})
    void aSignalThatFailsInsideABatchDoesNotCostTheBatch(String sql) {
        try (var build = Deployment.of(Script.async(
                        "1",
                        context -> context.backfill()
                                .over("t")
                                .set("c = c + 1")
                                .batchSize(100, 100)
                                .throttledBy(new Broken(sql))
                                .run())
                .inPieces())) {
            build.database().execute("CREATE TABLE t (id int PRIMARY KEY, c int DEFAULT 0)");
            build.database().execute("INSERT INTO t SELECT n FROM generate_series(1, 200) AS n");
            build.migrate();

            assertThat(build.node().drain().failure()).isNull();
            assertThat(build.database().column("SELECT count(*) FROM t WHERE c = 1"))
                    .containsExactly(200L);
        }
    }

    private static Reading read(Connection connection, Throttle throttle) throws SQLException {
        return throttle.read(new Probe(connection, "public.t"));
    }

    @Test
    void knowsNothingWhenAQueryReturnsNoNumber() throws SQLException {
        try (var database = TestDatabase.fresh();
                var connection = database.dataSource().getConnection()) {
            for (var sql :
                    new String[] {"SELECT now()", "SELECT 'NaN'::float8", "SELECT NULL", "SELECT 1 WHERE FALSE"}) {
                assertThat(read(connection, Throttle.sql("q", sql, 1, WhenUnknown.WAIT)))
                        .isEqualTo(new Reading(null, "q returned no number"));
            }
            assertThatThrownBy(() -> Throttle.sql("q", "SELECT 0", 0, WhenUnknown.WAIT))
                    .hasMessageContaining("must be above 0");
        }
    }

    /** PostgreSQL reads {@code +05:00} as five hours west. */
    @ParameterizedTest
    @ValueSource(strings = {"Z", "Europe/Berlin", "+05:00", "GMT+5", "UTC-07:30"})
    void knowsItsWindowInEveryZone(String id) throws SQLException {
        var zone = ZoneId.of(id);
        try (var database = TestDatabase.fresh();
                var connection = database.dataSource().getConnection()) {
            LocalTime now = OffsetDateTime.now(zone).toLocalTime();
            var open = Throttle.between(now.minusHours(1), now.plusHours(1), zone);
            var closed = Throttle.between(now.plusHours(1), now.minusHours(1), zone);

            assertThat(read(connection, open).utilisation()).isZero();
            assertThat(read(connection, closed).utilisation()).isEqualTo(1.0);
        }
    }

    @Test
    void findsATableWithAnApostropheInItsName() throws SQLException {
        try (var database = TestDatabase.fresh();
                var connection = database.dataSource().getConnection()) {
            database.execute("CREATE TABLE \"it's \\\" (id int)");
            var probe = new Probe(connection, "public.\"it's \\\"");

            assertThat(Throttle.autovacuum(WhenUnknown.WAIT).read(probe).utilisation())
                    .isZero();
        }
    }
}

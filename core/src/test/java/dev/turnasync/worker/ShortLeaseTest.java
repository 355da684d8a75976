package dev.turnasync.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.DrainResult.StopReason;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.MigrationListener.Event;
import dev.turnasync.api.QueueReport.Level;
import dev.turnasync.fixture.DelayedNetwork;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Logged;
import dev.turnasync.fixture.Script;
import dev.turnasync.jdbc.Doctor;
import dev.turnasync.jdbc.QueueNames;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Leases that are short for the network between a worker and its database. */
@Timeout(120)
final class ShortLeaseTest {

    private static AsyncMigrations far(Deployment build, DelayedNetwork network, Duration lease) {
        return build.node(AsyncMigrations.builder(build.flyway(network.to(build.database())))
                .leaseFor(lease));
    }

    @Test
    void refusesALeaseThatNoWorkerCanHoldAndSaysWhichOneHolds() {
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate();
                var network = DelayedNetwork.before(build.database())) {
            var node = far(build, network, Duration.ofSeconds(1));
            network.roundTrip(Duration.ofMillis(200));

            assertThatThrownBy(node::drain)
                    .isInstanceOf(AsyncMigrationException.class)
                    .hasNoCause()
                    .hasMessageContaining("cannot hold its lease: a round trip to the database takes 2")
                    .hasMessageContaining("a lease of 1000 ms is too short")
                    .hasMessageContaining("Set leaseFor to at least ");

            assertThat(build.status("1")).isEqualTo(EntryStatus.QUEUED);
            assertThat(build.database().column("SELECT 1 FROM async_schema_attempts"))
                    .isEmpty();
            assertThat(build.node().drain().succeeded()).isEqualTo(1);
        }
    }

    @Test
    void warnsOnceOfALeaseThatMayBeLostAndRunsAllTheSame() {
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate();
                var network = DelayedNetwork.before(build.database());
                var log = Logged.by("dev.turnasync.worker.LeaseFit")) {
            var node = far(build, network, Duration.ofSeconds(3));
            network.roundTrip(Duration.ofMillis(170));
            node.drain();
            network.roundTrip(Duration.ofMillis(160));
            node.drain();

            assertThat(log.warnings())
                    .filteredOn(line -> line.contains("may lose its lease"))
                    .singleElement()
                    .asString()
                    .contains("a round trip to the database takes 1", "leaseFor to at least 4 s");
        }
    }

    @Test
    void holdsALeaseOfTwentyRoundTrips() {
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate();
                var network = DelayedNetwork.before(build.database())) {
            var node = far(build, network, Duration.ofSeconds(6));
            network.roundTrip(Duration.ofMillis(100));

            assertThat(node.drain().succeeded()).isEqualTo(1);
        }
    }

    @Test
    void countsTheLeasesThatWereLostBeforeABodyBeganAndTellsOfTheFirst() {
        var runs = new AtomicInteger();
        try (var build = Deployment.of(
                                Script.async("1", context -> runs.incrementAndGet()),
                                Script.async("2", context -> runs.incrementAndGet()))
                        .migrate();
                var log = Logged.by("dev.turnasync.worker.LeaseFit")) {
            var node = build.node(AsyncMigrations.builder(build.flyway()).onEvent(event -> {
                if (event instanceof Event.Started) {
                    build.expireLease();
                    build.node().worker().drainOne();
                }
            }));

            assertThat(node.drain().why()).isEqualTo(StopReason.LEASE_LOST);
            assertThat(node.drain().why()).isEqualTo(StopReason.LEASE_LOST);

            assertThat(runs).hasValue(2);
            assertThat(log.warnings())
                    .singleElement()
                    .asString()
                    .contains(
                            "lost its lease before V1 step 1 began, 1 time so far: a round trip to the database takes only ");
        }
    }

    @Test
    void isExaminedByTheDoctor() {
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate();
                var network = DelayedNetwork.before(build.database())) {
            var source = network.to(build.database());
            var name = QueueNames.of(source, null, "flyway_schema_history");
            build.database()
                    .execute(
                            "UPDATE async_schema_lease SET token = 7, worker = 'near', lease_until = clock_timestamp() +"
                                    + " INTERVAL '1 hour', renewed_at = clock_timestamp() + INTERVAL '1 hour' - INTERVAL '900 ms'");
            network.roundTrip(Duration.ofMillis(60));

            var examined = new Doctor(source, name, InstantSource.system()).examine();

            assertThat(examined)
                    .filteredOn(one -> one.name().equals("round trip"))
                    .singleElement()
                    .satisfies(one -> {
                        assertThat(one.level()).isEqualTo(Level.OK);
                        assertThat(one.message()).contains(" ms, so leases must last at least ");
                    });
            assertThat(examined)
                    .filteredOn(one -> one.name().equals("lease"))
                    .singleElement()
                    .satisfies(one -> {
                        assertThat(one.level()).isEqualTo(Level.WARNING);
                        assertThat(one.message())
                                .contains("held by worker near for ", " ms at a time, which is too short");
                    });
        }
    }
}

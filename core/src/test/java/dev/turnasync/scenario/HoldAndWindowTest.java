package dev.turnasync.scenario;

import static dev.turnasync.scenario.Queues.finding;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnasync.api.Async;
import dev.turnasync.api.DrainResult.StopReason;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.QueueReport.Kind;
import dev.turnasync.api.QueueReport.Severity;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import dev.turnasync.jdbc.JdbcQueueStore;
import dev.turnasync.jdbc.QueueName;
import java.time.Duration;
import org.flywaydb.core.api.FlywayException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Entries that wait for approval, or for their time of the day. */
class HoldAndWindowTest {

    @Async(hold = true)
    static final class Held extends Script {
        Held(@Nullable String version) {
            super(version, Script.note("held " + version));
        }
    }

    @Async(window = "22:00-05:30 Europe/Berlin")
    static final class Nightly extends Script {
        Nightly(String version) {
            super(version, Script.note("nightly " + version));
        }
    }

    @Async(window = "22:00-24:00 UTC")
    static final class Misspelt extends Script {
        Misspelt() {
            super("1", Script.note("never"));
        }
    }

    @Async(window = "22:00-05:00 Europe/Atlantis")
    static final class Nowhere extends Script {
        Nowhere() {
            super("1", Script.note("never"));
        }
    }

    @Test
    void waitsForApproval() {
        try (var build = Deployment.of(new Held("1"), Script.async("2", Script.note("2")))
                .migrate()) {
            var queue = build.node().queue();

            assertThat(build.status("1")).isEqualTo(EntryStatus.PAUSED);
            assertThat(build.entry("1").reason()).contains("approval");
            assertThat(build.node().drain().why()).isEqualTo(StopReason.PAUSED);
            assertThat(finding(queue.check(), Kind.PAUSED).nextStep()).contains("resume 1");

            assertThat(queue.resume("1", "ada", "approved").status()).isEqualTo(EntryStatus.QUEUED);
            assertThat(build.node().drain().succeeded()).isEqualTo(2);
            assertThat(build.journal()).containsExactly("held 1", "2");
        }
    }

    @Test
    void waitsForItsWindow() {
        try (var build = Deployment.of(new Nightly("1"), Script.async("2", Script.note("2")))
                .migrate()) {
            assertThat(build.entry("1").tries().window()).isEqualTo("22:00-05:30 Europe/Berlin");
            window(build, "1 hour", "2 hours");

            assertThat(build.node().drain().why()).isEqualTo(StopReason.NOT_DUE);
            var found = finding(build.node().queue().check(), Kind.WAITING_FOR_WINDOW);
            assertThat(found.severity()).isEqualTo(Severity.NOTICE);
            Queues.age(build.database());
            assertThat(build.node().queue().check().isHealthy()).isTrue();

            window(build, "-1 hour", "1 hour");
            assertThat(build.node().drain().succeeded()).isEqualTo(2);
            assertThat(build.journal()).containsExactly("nightly 1", "2");
        }
    }

    /** Begin and end from now, whether it is open, and when it opens. */
    @ParameterizedTest
    @CsvSource({
        "-2 hours, 2 hours, true, 0",
        "2 hours, 4 hours, false, 2",
        "-4 hours, -2 hours, false, 20",
        "2 hours, 1 hour, true, 0",
        "-1 hour, -2 hours, true, 0",
        "10 hours, -10 hours, false, 10"
    })
    void knowsWhenItOpens(String from, String to, boolean open, long hours) {
        try (var build = Deployment.of(new Nightly("1")).migrate()) {
            window(build, from, to);

            var freeIn = new JdbcQueueStore(
                            build.database().dataSource(), new QueueName("public", "flyway_schema_history"))
                    .glance()
                    .freeIn()
                    .orElseThrow();

            if (open) {
                assertThat(freeIn).isZero();
            } else {
                assertThat(freeIn)
                        .isBetween(
                                Duration.ofHours(hours).minusMinutes(1),
                                Duration.ofHours(hours).plusMinutes(1));
            }
        }
    }

    /** Begin and end from now, and since when the head waits for a worker: at the longest since its window opened. */
    @ParameterizedTest
    @CsvSource({
        "-1 hour, 2 hours, 60",
        "-20 hours, 2 hours, 1200",
        "-1 hour, 20 hours, 60",
        "-13 hours, 5 hours, 780",
        "1 hour, 1 hour, 10080"
    })
    void findsThatNoWorkerTakesItInItsWindow(String from, String to, long minutes) {
        try (var build = Deployment.of(new Nightly("1")).migrate()) {
            var queue = build.node().queue();
            window(build, from, to);
            assertThat(queue.check().findings()).isEmpty();
            build.database().execute("""
                            UPDATE async_schema_migrations
                            SET status_since = status_since - INTERVAL '7 days', queued_at = queued_at - INTERVAL '7 days'""");

            assertThat(finding(queue.check(), Kind.NO_WORKER).message())
                    .containsAnyOf("due for " + minutes + " min", "due for " + (minutes + 1) + " min");

            build.database().execute("""
                            UPDATE async_schema_lease
                            SET worker = 'ghost', renewed_at = clock_timestamp(),
                                lease_until = clock_timestamp() + INTERVAL '1 hour'""");
            assertThat(finding(queue.check(), Kind.LEASE_IDLE).message()).contains("ghost");
            window(build, "0 hours", "1 hour");
            assertThat(queue.check().findings()).as("it opened just now").isEmpty();
        }
    }

    private static void window(Deployment build, String from, String to) {
        build.database().query("""
                UPDATE async_schema_migrations
                SET run_window = to_char((clock_timestamp() + CAST(? AS INTERVAL)) AT TIME ZONE 'Asia/Kolkata', 'HH24:MI')
                    || '-' || to_char((clock_timestamp() + CAST(? AS INTERVAL)) AT TIME ZONE 'Asia/Kolkata', 'HH24:MI')
                    || ' Asia/Kolkata'
                WHERE entry_key = '1'
                RETURNING id""", from, to);
    }

    @Test
    void refusesAWindowThatIsNone() {
        try (var build = Deployment.of(new Misspelt());
                var other = Deployment.of(new Nowhere())) {
            assertThatThrownBy(build::migrate)
                    .isInstanceOf(FlywayException.class)
                    .hasMessageContaining("22:00-24:00 UTC");
            assertThatThrownBy(other::migrate)
                    .isInstanceOf(FlywayException.class)
                    .hasMessageContaining("Atlantis");
            assertThat(build.database().column("SELECT to_regclass('async_schema_migrations')"))
                    .containsOnlyNulls();
        }
    }

    @Test
    void keepsTheWindowWhenItRunsAgain() {
        try (var build = Deployment.of(new Nightly("1")).migrate()) {
            var queue = build.node().queue();
            queue.undo("1", "ada", "not yet");

            assertThat(queue.retry("1", "ada", "now").tries().window()).isEqualTo("22:00-05:30 Europe/Berlin");
        }
    }

    /** The entry that a failed migrate left was queued by a build that did not hold it. */
    @Test
    void waitsForApprovalWhenAnEarlierBuildLeftTheEntry() {
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate()) {
            build.database().execute("DELETE FROM flyway_schema_history WHERE version = '1'");
            var next = build.next(new Held("1")).migrate();

            assertThat(next.node().drain().why()).isEqualTo(StopReason.PAUSED);
            assertThat(next.entry("1").reason()).contains("approval");

            next.node().queue().resume("1", "ada", "approved");
            build.database().execute("DELETE FROM flyway_schema_history WHERE version = '1'");
            assertThat(next.migrate().node().drain().succeeded()).isEqualTo(1);
            assertThat(build.journal()).containsExactly("held 1");
        }
    }
}

package dev.turnasync.jdbc;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Holds whose entry changed after it was read and before it was locked. */
class HoldsTest {

    private final Holds holds = new Holds(new QueueName("public", "flyway_schema_history"));

    @Test
    void areRefusedWithTheStatusUnderTheLock() throws SQLException {
        try (var build = Deployment.of(Script.async("1", Script.note("1"))).migrate()) {
            var read = build.entry("1");
            build.node().drain();

            try (var connection = build.database().dataSource().getConnection()) {
                assertThatThrownBy(() -> holds.pause(connection, read, wish("pause")))
                        .hasMessageContaining("it is SUCCEEDED, and only QUEUED");
                assertThatThrownBy(() -> holds.resume(connection, read, wish("resume")))
                        .hasMessageContaining("it is SUCCEEDED, and only PAUSED");
                assertThatThrownBy(() -> holds.cancel(connection, read, wish("cancel")))
                        .hasMessageContaining("it is SUCCEEDED, and only RUNNING");
                assertThatThrownBy(() -> holds.throttle(connection, read, wish("throttle"), Duration.ofHours(1)))
                        .hasMessageContaining("it is SUCCEEDED, and only entries");
            }
        }
    }

    private static Wish wish(String action) {
        return new Wish(action, "ada", "why not");
    }
}

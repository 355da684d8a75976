package dev.turnasync.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A database that is away for long, with all settings as they are by default. */
@Tag("chaos")
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class OutageTest {

    private static final Duration AWAY = Duration.ofSeconds(Integer.getInteger("chaos.away", 90));
    private static final Duration LONG = Duration.ofMinutes(4);

    static List<String> kinds() {
        return ChaosTest.kinds();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void endsAndTheQueueIsDrained(String kind) {
        try (var drained = new Drained(kind, "outage", 50)) {
            drained.awaitProgress(LONG);
            Postgres.shared().stop("immediate");
            await().pollDelay(AWAY).atMost(AWAY.plusMinutes(1)).until(() -> true);
            Postgres.shared().start();
            var back = Instant.now();

            var after = drained.awaitBatchAfter(back, LONG);
            System.out.println("outage of " + AWAY.toSeconds() + " s, " + kind + ": went on " + after.toMillis()
                    + " ms after the database was back");
            assertThat(drained.verdict(LONG).findings()).isEmpty();
        }
    }
}

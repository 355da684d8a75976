package dev.turnasync.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** How soon another worker goes on where one is killed, with all settings as they are by default. */
@Tag("chaos")
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class TakeoverTest {

    private static final int KILLS = Integer.getInteger("chaos.kills", 5);
    private static final Duration CEILING = Duration.ofMinutes(2);

    static List<String> kinds() {
        return ChaosTest.kinds();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void takesOver(String kind) {
        try (var drained = new Drained(kind, "takeover", 100)) {
            var times = new ArrayList<Duration>();
            for (var i = 0; i < KILLS; i++) {
                drained.awaitProgress(CEILING);
                var leader = await().atMost(CEILING)
                        .until(() -> drained.fleet().leader(), Optional::isPresent)
                        .orElseThrow();
                drained.fleet().replace();
                leader.kill();
                times.add(drained.awaitBatchAfter(Instant.now(), CEILING));
                System.out.println("takeover " + (i + 1) + ", " + kind + ": "
                        + times.get(i).toMillis() + " ms");
            }
            assertThat(drained.verdict(Duration.ofMinutes(5)).findings()).isEmpty();
            assertThat(times).allMatch(time -> time.compareTo(CEILING) < 0);
        }
    }
}

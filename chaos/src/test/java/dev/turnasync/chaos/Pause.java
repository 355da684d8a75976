package dev.turnasync.chaos;

import static org.awaitility.Awaitility.await;

import java.time.Duration;

/** Lets time pass between two looks, or while something hurts. No test depends on how much. */
final class Pause {

    private Pause() {}

    static void millis(int millis) {
        await().pollDelay(Duration.ofMillis(millis)).until(() -> true);
    }
}

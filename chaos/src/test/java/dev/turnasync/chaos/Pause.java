package dev.turnasync.chaos;

/** Waits between two looks at something. */
final class Pause {

    private Pause() {}

    static void millis(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}

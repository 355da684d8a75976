package dev.turnasync.resumable;

/**
 * Stops a backfill that mostly fails: once more than half of the last fifty batches ran into timeouts (after GitLab). Safe for use by
 * all lanes.
 */
final class Breaker {

    private static final int WINDOW = 50;

    private final boolean[] failed = new boolean[WINDOW];
    private int tries;
    private int failures;

    synchronized void succeeded() {
        note(false);
    }

    /** Returns true when it is enough. */
    synchronized boolean failed() {
        note(true);
        return tries >= WINDOW && failures * 2 > WINDOW;
    }

    private void note(boolean failure) {
        var place = tries++ % WINDOW;
        failures += (failure ? 1 : 0) - (failed[place] ? 1 : 0);
        failed[place] = failure;
    }
}

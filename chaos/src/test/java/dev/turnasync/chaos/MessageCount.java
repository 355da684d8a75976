package dev.turnasync.chaos;

/** Counts messages, and ends their flow at a chosen one. Safe for use by many threads. */
final class MessageCount {

    private int count;
    private int last = Integer.MAX_VALUE;
    private boolean lastArrives;
    private Runnable then = () -> {};

    /**
     * Chooses the last message.
     *
     * @param message its number; the first one is 1
     * @param arrives whether it arrives itself; nothing after it does
     * @param action what happens then
     */
    synchronized void endAt(int message, boolean arrives, Runnable action) {
        last = message;
        lastArrives = arrives;
        then = action;
    }

    /** Counts a message. Returns whether it arrives. */
    synchronized boolean count() {
        count++;
        if (count == last) {
            then.run();
        }
        return count < last || (count == last && lastArrives);
    }

    synchronized int counted() {
        return count;
    }
}

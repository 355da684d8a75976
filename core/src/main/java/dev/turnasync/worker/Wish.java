package dev.turnasync.worker;

/**
 * How much a drain is to do.
 *
 * @param most how many entries to run at most
 * @param ignoreBackoff whether the head is run before its next attempt is due
 */
record Wish(int most, boolean ignoreBackoff) {

    static final Wish ONE_NOW = new Wish(1, true);

    static Wish atMost(int most) {
        return new Wish(most, false);
    }
}

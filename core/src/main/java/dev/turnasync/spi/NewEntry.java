package dev.turnasync.spi;

import org.jspecify.annotations.Nullable;

/**
 * A migration to be queued.
 *
 * @param historyTable the name of the Flyway history table that applies it
 * @param version Flyway's version; null for a repeatable migration
 * @param description Flyway's description, at most 200 characters, as the history stores it
 * @param checksum the migration's checksum; null when it has none
 * @param script the class name
 * @param terms when and how often it runs
 */
public record NewEntry(
        String historyTable,
        @Nullable String version,
        String description,
        @Nullable Integer checksum,
        String script,
        Terms terms) {

    /**
     * When and how often a migration runs.
     *
     * @param maxAttempts the migration's own limit; null when the worker's policy decides
     * @param hold whether it waits for an operator
     * @param window the time of the day in which attempts begin; null for any time
     * @param undoable whether its effects can be taken back
     */
    public record Terms(
            @Nullable Integer maxAttempts,
            boolean hold,
            @Nullable String window,
            boolean undoable) {

        /** What a migration has that says nothing about it. */
        public static final Terms USUAL = new Terms(null, false, null, false);
    }

    /**
     * Returns the key of the entry: the version, or {@code R__} and the description.
     *
     * @return the key
     */
    public String key() {
        return keyOf(version, description);
    }

    /**
     * Returns the key of a migration.
     *
     * @param version Flyway's version; null for a repeatable migration
     * @param description Flyway's description
     * @return the version, or {@code R__} and the description
     */
    public static String keyOf(@Nullable String version, String description) {
        return version == null ? "R__" + description : version;
    }
}

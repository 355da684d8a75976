package dev.turnasync.api;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a person did to an entry, kept for good.
 *
 * @param at when, by the database's clock
 * @param key the entry's key
 * @param label the entry's name as people read it
 * @param action what was done, such as {@code retry}
 * @param actor who did it
 * @param reason why
 * @param from the status before; null when the entry was made by it
 * @param to the status after; the same as before where a running entry was only asked
 */
public record OperatorAction(
        Instant at,
        String key,
        String label,
        String action,
        String actor,
        String reason,
        @Nullable EntryStatus from,
        EntryStatus to) {}

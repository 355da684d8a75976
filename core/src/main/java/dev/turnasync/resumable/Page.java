package dev.turnasync.resumable;

import org.jspecify.annotations.Nullable;

/**
 * The rows between two places of a table, for one batch.
 *
 * @param after where it begins; null for the start of the table
 * @param upTo where it ends, that key included
 * @param rows how many rows it had when it was cut
 * @param last whether it ends its slice
 */
record Page(@Nullable Cursor after, Cursor upTo, long rows, boolean last) {}

package dev.turnasync.spi;

import dev.turnasync.api.QueueEntry;

/**
 * An entry that is ours to run.
 *
 * @param entry the entry as it was before the claim
 * @param attempt the number of this attempt
 * @param worker the worker's id
 * @param token the fencing token of its lease
 */
public record Claim(QueueEntry entry, int attempt, String worker, LeaseToken token) {}

package dev.turnasync.jdbc;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.EntryStatus;
import org.jspecify.annotations.Nullable;

/** What an operator wants to do, who it is, and why. */
record Wish(String action, String actor, String reason) {

    /** What was done to an entry; the same status twice for a mere request, none before when the entry was made by it. */
    record Done(long entry, @Nullable EntryStatus from, EntryStatus to) {}

    Wish {
        actor = required(actor, "actor");
        reason = required(reason, "reason");
    }

    /** As it is stored with the entry. */
    String told() {
        return action + " by " + actor + ": " + reason;
    }

    private static String required(String value, String what) {
        if (value.replace("\u0000", "").isBlank()) {
            throw new AsyncMigrationException("the " + what + " must not be blank");
        }
        return value;
    }
}

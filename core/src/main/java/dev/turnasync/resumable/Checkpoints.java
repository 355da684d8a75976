package dev.turnasync.resumable;

import org.jspecify.annotations.Nullable;

/** The checkpoints of one backfill. */
record Checkpoints(AsyncContext context, String name) {

    private static final String PREFIX = "backfill:";

    String planKey() {
        return PREFIX + name + ":plan";
    }

    /** Says what was asked for, once it came to its end. */
    String endKey() {
        return PREFIX + name + ":end";
    }

    String sliceKey(int pass, int slice) {
        return PREFIX + name + ":" + pass + "." + slice;
    }

    @Nullable
    String read(String key) {
        return context.checkpoint(key).orElse(null);
    }

    /** How many rows all passes changed. */
    long changed() {
        return context.checkpointNames().stream()
                .filter(key -> key.startsWith(PREFIX + name + ":"))
                .filter(key -> key.substring((PREFIX + name + ":").length()).matches("[0-9]+\\.[0-9]+"))
                .mapToLong(key ->
                        Long.parseLong(context.checkpoint(key).orElse("0 0").split(" ", 3)[1]))
                .sum();
    }
}

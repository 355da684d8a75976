package dev.turnasync.jdbc;

import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * The {@code application_name} of a database session that runs migrations. It names the queue and the fencing token, so any
 * worker can find the session of a run in {@code pg_stat_activity}; transaction poolers carry it with each transaction.
 */
final class SessionLabel {

    private static final int LONGEST = 63;

    private SessionLabel() {}

    static String of(QueueName queue, long token) {
        var label = "turnasync:" + token + ":" + queue;
        if (label.length() <= LONGEST && label.chars().allMatch(c -> c >= ' ' && c <= '~')) {
            return label;
        }
        // PostgreSQL cuts longer names, at bytes, and rewrites other characters; then the label would not be found
        // again.
        var start = label.replaceAll("[^ -~]", "?");
        var hash = "~" + UUID.nameUUIDFromBytes(queue.toString().getBytes(StandardCharsets.UTF_8));
        return start.substring(0, Math.min(start.length(), LONGEST - hash.length())) + hash;
    }
}

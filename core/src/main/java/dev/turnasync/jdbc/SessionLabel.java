package dev.turnasync.jdbc;

import dev.turnasync.spi.LeaseToken;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * The {@code application_name} of a database session that runs migrations. It names the queue and the fencing token, so any
 * worker can find the session of a run in {@code pg_stat_activity}, and of that run alone: the number counts, and the eight digits
 * after it are the begin of what was drawn for its lease. Transaction poolers carry it with each transaction.
 */
final class SessionLabel {

    private static final int LONGEST = 63;
    private static final int DRAWN = 8;

    private SessionLabel() {}

    static String of(QueueName queue, LeaseToken token) {
        var drawn = token.holder().toString().substring(0, DRAWN);
        var label = "turnasync:" + token.number() + "." + drawn + ":" + queue;
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

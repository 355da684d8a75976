package dev.turnasync.resumable;

import dev.turnasync.jdbc.Jdbc;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

/**
 * How long a batch may take, and how long it may wait for a lock while it holds others.
 *
 * <p>A session that has waited for {@code deadlock_timeout} looks for a deadlock, and is struck when it finds one. A batch that is
 * given up before that time has passed since its first lock is gone by then. So with a target of up to half of that time, it ends
 * within nine tenths of it; with a longer target no such thing can be promised.
 *
 * @param batch the longest time of a batch of more than one row
 * @param lock the longest wait for one lock
 */
record TimeLimits(Duration batch, Duration lock) {

    private static final int LOCK_SHARE = 4;

    static TimeLimits of(Connection connection, Duration target) throws SQLException {
        var deadlock = Jdbc.first(
                        connection,
                        "SELECT setting::bigint FROM pg_catalog.pg_settings WHERE name = 'deadlock_timeout'",
                        row -> Duration.ofMillis(row.getLong(1)))
                .orElse(Duration.ofSeconds(1));
        var twice = target.multipliedBy(2);
        var most = deadlock.multipliedBy(9).dividedBy(10);
        return new TimeLimits(
                twice.compareTo(deadlock) <= 0 ? shorter(twice, most) : twice,
                atLeastOneMilli(shorter(target.dividedBy(2), deadlock.dividedBy(LOCK_SHARE))));
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static Duration atLeastOneMilli(Duration time) {
        return time.toMillis() < 1 ? Duration.ofMillis(1) : time;
    }
}

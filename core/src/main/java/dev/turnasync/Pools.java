package dev.turnasync;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.Waker;
import dev.turnasync.jdbc.Notifications;
import dev.turnasync.jdbc.QueueName;
import java.util.List;
import java.util.OptionalInt;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Where a worker's connections come from, and whether there are enough.
 *
 * @param runs where those that run migrations come from
 * @param leases where those that keep leases and watch come from
 * @param listening where the one that listens comes from; null when nothing listens
 */
record Pools(DataSource runs, DataSource leases, @Nullable DataSource listening) {

    private static final System.Logger LOG = System.getLogger(Pools.class.getName());

    /** What the pools call their size: HikariCP; Commons DBCP; Tomcat JDBC and Druid; c3p0 and Vibur. */
    private static final List<String> SIZES =
            List.of("getMaximumPoolSize", "getMaxTotal", "getMaxActive", "getMaxPoolSize");

    /** Starts to listen, where that is wanted. */
    Waker.Watch listen(QueueName name, Runnable heard) {
        if (listening == null) {
            return () -> {};
        }
        var notifications = Notifications.listen(listening, name, heard);
        return notifications::close;
    }

    /** Refuses pools in which a worker would wait for itself, and warns of those that leave nothing for the application. */
    void requireRoom() {
        require(runs, needed(runs));
        if (leases != runs) {
            require(leases, needed(leases));
        }
        if (listening != null && listening != runs && listening != leases) {
            require(listening, 1);
        }
    }

    private int needed(DataSource pool) {
        return (pool == runs ? 1 : 0) + (pool == leases ? 1 : 0) + (pool == listening ? 1 : 0);
    }

    private static void require(DataSource pool, int needed) {
        var size = size(pool);
        if (size.isEmpty()) {
            return;
        }
        if (size.getAsInt() < needed) {
            throw new AsyncMigrationException(
                    "the connection pool " + pool + " is too small for a worker: it holds at most "
                            + size.getAsInt() + ", and a worker takes " + needed
                            + " from it while a migration runs. Make it larger, or give the worker a leaseDataSource of its own.");
        }
        if (size.getAsInt() == needed) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the connection pool {0} holds at most {1}, and a worker takes all of them while a migration runs:"
                            + " nothing is left for the application and for watching",
                    pool,
                    size.getAsInt());
        }
    }

    /** Asks the pool by reflection, since it may be any; a wrapper is asked for what it wraps. */
    private static OptionalInt size(DataSource pool) {
        for (var name : SIZES) {
            if (call(pool, name) instanceof Integer size && size > 0) {
                return OptionalInt.of(size);
            }
        }
        return call(pool, "getTargetDataSource") instanceof DataSource wrapped ? size(wrapped) : OptionalInt.empty();
    }

    private static @Nullable Object call(DataSource pool, String getter) {
        try {
            return pool.getClass().getMethod(getter).invoke(pool);
        } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
            LOG.log(System.Logger.Level.TRACE, "{0} knows no {1}", pool.getClass(), getter);
            return null;
        }
    }
}

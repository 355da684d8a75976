package dev.turnasync.chaos;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Counts the connections that are open at once, over any number of data sources. Safe for use by many threads. */
final class CountedConnections {

    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();

    int open() {
        return open.get();
    }

    int most() {
        return most.get();
    }

    void forgetMost() {
        most.set(open.get());
    }

    DataSource of(DataSource source) {
        return (DataSource) Proxy.newProxyInstance(
                CountedConnections.class.getClassLoader(),
                new Class<?>[] {DataSource.class},
                (proxy, method, arguments) -> {
                    var result = call(method, source, arguments);
                    return result instanceof Connection connection ? counted(connection) : result;
                });
    }

    private Connection counted(Connection connection) {
        most.accumulateAndGet(open.incrementAndGet(), Math::max);
        var closed = new AtomicBoolean();
        return (Connection) Proxy.newProxyInstance(
                CountedConnections.class.getClassLoader(),
                new Class<?>[] {Connection.class},
                (proxy, method, arguments) -> {
                    try {
                        return call(method, connection, arguments);
                    } finally {
                        var ends = method.getName().equals("close")
                                || method.getName().equals("abort");
                        if (ends && closed.compareAndSet(false, true)) {
                            open.decrementAndGet();
                        }
                    }
                });
    }

    private static @Nullable Object call(
            java.lang.reflect.Method method, Object target, @Nullable Object @Nullable [] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause() == null ? new SQLException(e) : e.getCause();
        }
    }
}

package dev.turnasync.chaos;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.util.regex.Pattern;
import javax.sql.DataSource;

/**
 * A data source through which a worker sees no sessions, so that it ends none when it takes over: a canary. What a worker reads about
 * its own run is left alone.
 */
final class HiddenSessions {

    /** A view without rows that a database has for this. */
    static final String VIEW = "CREATE VIEW hidden_sessions AS SELECT * FROM pg_catalog.pg_stat_activity WHERE FALSE";

    private static final Pattern SESSIONS = Pattern.compile("(pg_catalog\\.)?pg_stat_activity");

    private HiddenSessions() {}

    /** Hides them. */
    static DataSource from(DataSource dataSource) {
        return proxy(DataSource.class, (proxy, method, arguments) -> {
            var result = method.invoke(dataSource, arguments);
            return result instanceof Connection connection ? from(connection) : result;
        });
    }

    private static Connection from(Connection connection) {
        return proxy(Connection.class, (proxy, method, arguments) -> {
            if (method.getName().equals("prepareStatement")) {
                arguments[0] = blind((String) arguments[0]);
            }
            return method.invoke(connection, arguments);
        });
    }

    private static String blind(String sql) {
        if (sql.contains("async_schema_")) {
            return sql;
        }
        if (sql.contains("pg_terminate_backend") && !sql.contains("pg_stat_activity")) {
            throw new IllegalStateException("this canary does not know how sessions are ended any more: " + sql);
        }
        return SESSIONS.matcher(sql).replaceAll("public.hidden_sessions");
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(
                HiddenSessions.class.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    try {
                        return handler.invoke(proxy, method, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }
}

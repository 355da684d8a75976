package dev.turnasync.concurrency;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import javax.sql.DataSource;

/**
 * A data source that takes the fence out of every statement: a canary. What the fence guards must break with it, else the tests
 * that pass with the fence prove nothing.
 */
final class UnfencedDataSource {

    private UnfencedDataSource() {}

    static DataSource around(DataSource dataSource) {
        return (DataSource) Proxy.newProxyInstance(
                UnfencedDataSource.class.getClassLoader(),
                new Class<?>[] {DataSource.class},
                (proxy, method, arguments) -> {
                    try {
                        var result = method.invoke(dataSource, arguments);
                        return result instanceof Connection connection ? around(connection) : result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static Connection around(Connection connection) {
        return (Connection) Proxy.newProxyInstance(
                UnfencedDataSource.class.getClassLoader(),
                new Class<?>[] {Connection.class},
                (proxy, method, arguments) -> {
                    try {
                        if (method.getName().equals("prepareStatement")) {
                            arguments[0] = unfenced((String) arguments[0]);
                        }
                        return method.invoke(connection, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static String unfenced(String sql) {
        return sql.contains("FOR KEY SHARE")
                ? "SELECT token FROM (VALUES (CAST(? AS TEXT), CAST(? AS BIGINT))) AS open (history_table, token)"
                : sql;
    }
}

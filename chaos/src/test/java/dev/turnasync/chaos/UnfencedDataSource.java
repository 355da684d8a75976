package dev.turnasync.chaos;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import javax.sql.DataSource;

/**
 * A data source that takes the fence out of every statement and hides the sessions of runs from whoever takes over: a canary.
 * What the fence guards must break with it, else the runs that pass with the fence prove nothing.
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
                        var result = method.invoke(connection, arguments);
                        return result instanceof PreparedStatement statement ? nameless(statement) : result;
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

    /** The label of a run goes nowhere. */
    private static PreparedStatement nameless(PreparedStatement statement) {
        return (PreparedStatement) Proxy.newProxyInstance(
                UnfencedDataSource.class.getClassLoader(),
                new Class<?>[] {PreparedStatement.class},
                (proxy, method, arguments) -> {
                    try {
                        if (method.getName().equals("setObject") && "application_name".equals(arguments[1])) {
                            arguments[1] = "chaos.hidden";
                        }
                        return method.invoke(statement, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}

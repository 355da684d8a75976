package dev.turnasync.sample;

import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.sql.DataSource;

/** The shop's data: what is in it before version 2, and what must be in it afterwards. */
final class Shop {

    private static final String CUSTOMERS = """
            INSERT INTO customers (name, email)
            SELECT 'Customer ' || n, 'customer' || n || '@example.com'
            FROM generate_series(1, ?) AS n
            """;

    private static final String ORDERS = """
            INSERT INTO orders (customer_id, amount, placed_on)
            SELECT 1 + n % ?, 1 + n * 7919 % 99999 / 100.0, DATE '2025-01-01' + (n % 365)::INT
            FROM generate_series(1::BIGINT, ?) AS n
            """;

    private final DataSource database;

    Shop(DataSource database) {
        this.database = database;
    }

    static int customers(int orders) {
        return Math.max(1, orders / 5);
    }

    void fill(int orders) throws SQLException {
        Sql.execute(database, CUSTOMERS, customers(orders));
        Sql.execute(database, ORDERS, customers(orders), orders);
        Sql.execute(database, "ANALYZE customers, orders");
    }

    /** Counts what is wrong after version 2; every number must be 0. */
    Map<String, Long> mistakes(int orders) throws SQLException {
        var found = new LinkedHashMap<String, Long>();
        found.put("orders lost or doubled", Math.abs(Sql.number(database, "SELECT count(*) FROM orders") - orders));
        for (var check : checks().entrySet()) {
            found.put(check.getKey(), Sql.number(database, check.getValue()));
        }
        return found;
    }

    private static Map<String, String> checks() {
        var checks = new LinkedHashMap<String, String>();
        checks.put(
                "orders with a wrong amount in cents (V3)",
                "SELECT count(*) FROM orders WHERE amount_cents IS DISTINCT FROM amount * 100");
        checks.put("loyalty levels missing (V4)", "SELECT 3 - count(*) FROM loyalty_levels");
        checks.put(
                "indexes missing or invalid (V5)",
                "SELECT 1 - count(*) FROM pg_index WHERE indexrelid = to_regclass('orders_customer_id') AND indisvalid");
        checks.put("columns that may lack an email (V6)", """
                SELECT count(*) FROM pg_attribute
                WHERE attrelid = 'customers'::regclass AND attname = 'email' AND NOT attnotnull
                """);
        checks.put("days with wrong totals (R)", """
                WITH expected AS (
                    SELECT placed_on AS day, count(*) AS orders, sum(amount_cents)::BIGINT AS amount_cents
                    FROM orders
                    GROUP BY placed_on
                )
                SELECT count(*)
                FROM expected e
                FULL JOIN daily_sales s ON s.day = e.day
                WHERE (s.orders, s.amount_cents) IS DISTINCT FROM (e.orders, e.amount_cents)
                """);
        return checks;
    }
}

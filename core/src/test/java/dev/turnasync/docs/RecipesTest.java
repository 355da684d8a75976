package dev.turnasync.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.docs.recipes.V11__Customers_domain;
import dev.turnasync.docs.recipes.V12__Split_addresses;
import dev.turnasync.docs.recipes.V13__Payments_amount_numeric;
import dev.turnasync.docs.recipes.V14__Delete_old_events;
import dev.turnasync.docs.recipes.V15__Archive_invoices;
import dev.turnasync.docs.recipes.V16__Tell_the_mailer;
import dev.turnasync.fixture.Deployment;
import java.io.IOException;
import java.util.TreeMap;
import org.flywaydb.core.api.migration.JavaMigration;
import org.junit.jupiter.api.Test;

/** The recipes of {@code docs/backfills.md} do what they say. */
class RecipesTest {

    private static final String CUSTOMERS = """
            CREATE TABLE customers (id bigint PRIMARY KEY, email text NOT NULL, street text, city text);
            INSERT INTO customers SELECT n, n || '@example.org', 'Street ' || n, 'City ' || n % 7 FROM generate_series(1, 2500) AS n""";

    private static Deployment run(JavaMigration migration, String... preparation) {
        var build = Deployment.of(migration);
        for (var sql : preparation) {
            build.database().execute(sql);
        }
        build.migrate();
        assertThat(build.node().drain().failure()).isNull();
        return build;
    }

    private static Object one(Deployment build, String sql) {
        return build.database().column(sql).get(0);
    }

    @Test
    void addsAColumnFillsItAndMakesItNotNull() {
        try (var build = run(new V11__Customers_domain(), CUSTOMERS)) {
            build.database().execute("INSERT INTO customers (id, email) VALUES (0, 'ada@example.com')");
            assertThat(one(build, "SELECT count(*) FROM customers WHERE domain = 'example.org'"))
                    .isEqualTo(2500L);
            assertThat(one(build, "SELECT domain FROM customers WHERE id = 0")).isEqualTo("example.com");
            assertThat(one(build, "SELECT attnotnull FROM pg_attribute WHERE attname = 'domain'"))
                    .isEqualTo(true);
        }
    }

    @Test
    void splitsATable() {
        try (var build = run(new V12__Split_addresses(), CUSTOMERS)) {
            assertThat(one(
                            build,
                            "SELECT count(*) FROM customers c JOIN addresses a ON a.customer_id = c.id"
                                    + " AND a.street = c.street AND a.city = c.city"))
                    .isEqualTo(2500L);
            assertThat(one(build, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'addresses_city'::regclass"))
                    .isEqualTo(true);
        }
    }

    @Test
    void changesATypeByANewColumnAndASwap() {
        try (var build = run(
                new V13__Payments_amount_numeric(),
                "CREATE TABLE payments (id bigint PRIMARY KEY, amount double precision)",
                "INSERT INTO payments SELECT n, n / 3.0 FROM generate_series(1, 2500) AS n")) {
            assertThat(one(build, "SELECT count(*) FROM payments WHERE amount = round((id / 3.0)::numeric, 2)"))
                    .isEqualTo(2500L);
            assertThat(one(
                            build,
                            "SELECT format_type(atttypid, atttypmod) FROM pg_attribute"
                                    + " WHERE attrelid = 'payments'::regclass AND attname = 'amount'"))
                    .isEqualTo("numeric(12,2)");
        }
    }

    @Test
    void deletesOldRows() {
        try (var build = run(
                new V14__Delete_old_events(),
                "CREATE TABLE events (id bigint PRIMARY KEY, happened_at timestamptz)",
                "INSERT INTO events SELECT n, now() - n * interval '1 day' FROM generate_series(1, 2500) AS n")) {
            assertThat((long) one(build, "SELECT count(*) FROM events")).isBetween(360L, 366L);
        }
    }

    @Test
    void copiesToAnotherTable() {
        try (var build = run(
                new V15__Archive_invoices(),
                "CREATE TABLE invoices (id bigint PRIMARY KEY, issued_on date NOT NULL, total int)",
                "CREATE INDEX ON invoices (issued_on, id)",
                "CREATE SCHEMA archive",
                "CREATE TABLE archive.invoices (LIKE invoices INCLUDING ALL)",
                "INSERT INTO invoices SELECT n, current_date - (n % 50)::int, n FROM generate_series(1, 2500) AS n")) {
            assertThat(build.database().column("SELECT id FROM invoices EXCEPT SELECT id FROM archive.invoices"))
                    .isEmpty();
        }
    }

    /** The other system fails once in the middle of a batch, which is then called again. */
    @Test
    void callsAnotherSystemIdempotently() {
        var subscribed = new TreeMap<String, String>();
        var calls = new int[1];
        V16__Tell_the_mailer.Mailer mailer = (key, email) -> {
            if (++calls[0] == 120) {
                throw new IOException("the mailer is away");
            }
            subscribed.putIfAbsent(key, email);
        };
        try (var build = Deployment.of(new V16__Tell_the_mailer(mailer))) {
            build.database().execute(CUSTOMERS);
            build.migrate();
            assertThat(build.node().drain().succeeded()).isEqualTo(1);
            assertThat(subscribed).hasSize(2500).containsEntry("V16-7", "7@example.org");
            assertThat(calls[0]).isEqualTo(2500 + 20);
        }
    }
}

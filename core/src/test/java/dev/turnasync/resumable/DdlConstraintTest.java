package dev.turnasync.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnasync.jdbc.ErrorReports;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DdlConstraintTest {

    private static final ForeignKey CUSTOMER = ForeignKey.named("orders_customer_fk")
            .on("orders", "customer")
            .references("customers", "id")
            .onDelete(ForeignKey.Action.CASCADE);

    private Bench bench;

    @BeforeEach
    void create() throws SQLException {
        bench = new Bench();
        bench.execute("""
                CREATE TABLE customers (id INTEGER PRIMARY KEY, other INTEGER UNIQUE);
                CREATE TABLE orders (id BIGINT PRIMARY KEY, customer INTEGER, total INTEGER);
                INSERT INTO customers VALUES (1, 1), (2, 2);
                INSERT INTO orders VALUES (1, 1, 10), (2, 2, 20)""");
    }

    @AfterEach
    void drop() throws SQLException {
        bench.close();
    }

    @Test
    void addsACheckOnce() throws Exception {
        bench.ddl().addCheck("orders", "total_positive", "orders.total > 0 AND total BETWEEN 1 AND 99");
        bench.ddl().addCheck("orders", "total_positive", "orders.total > 0 AND total BETWEEN 1 AND 99");

        assertThat(validated("total_positive")).containsExactly("true");
        assertThat(bench.logs()).hasSize(1);
    }

    @Test
    void validatesACheckThatACrashLeftUnvalidated() throws Exception {
        bench.execute("ALTER TABLE orders ADD CONSTRAINT total_positive CHECK (total > 0) NOT VALID");
        bench.ddl().addCheck("orders", "total_positive", "total > 0");

        assertThat(validated("total_positive")).containsExactly("true");
    }

    @Test
    void refusesACheckWithAnotherDefinition() {
        bench.execute("ALTER TABLE orders ADD CONSTRAINT total_positive CHECK (total > 5) NOT VALID");

        assertThatThrownBy(() -> bench.ddl().addCheck("orders", "total_positive", "total > 0"))
                .hasMessageContaining("It is: CHECK ((total > 5)). Wanted is: CHECK ((total > 0)).")
                .satisfies(
                        error -> assertThat(ErrorReports.of(error).permanent()).isTrue());
        assertThat(validated("total_positive")).containsExactly("false");
    }

    @Test
    void keepsACheckUnvalidatedWhenRowsBreakItAndGoesOnOnceTheyAreMended() throws Exception {
        bench.execute("UPDATE orders SET total = -1 WHERE id = 2");
        assertThatThrownBy(() -> bench.ddl().addCheck("orders", "total_positive", "total > 0"))
                .hasMessageContaining("rows of public.orders break the constraint total_positive")
                .hasMessageContaining("It stays NOT VALID");
        assertThat(validated("total_positive")).containsExactly("false");

        bench.execute("UPDATE orders SET total = 1 WHERE id = 2");
        bench.ddl().addCheck("orders", "total_positive", "total > 0");
        assertThat(validated("total_positive")).containsExactly("true");
    }

    /** A writer at work lets a check be validated, and waits for nobody. */
    @Test
    void validatesBesideAWriter() throws Exception {
        bench.execute("ALTER TABLE orders ADD CONSTRAINT total_positive CHECK (total > 0) NOT VALID");
        bench.hold("UPDATE orders SET total = 11 WHERE id = 1");
        bench.ddl().addCheck("orders", "total_positive", "total > 0");

        assertThat(validated("total_positive")).containsExactly("true");
        assertThat(bench.waits()).isZero();
    }

    @Test
    void addsAForeignKeyOnce() throws Exception {
        bench.ddl().addForeignKey(CUSTOMER);
        bench.ddl().addForeignKey(CUSTOMER);

        assertThat(validated("orders_customer_fk")).containsExactly("true");
        bench.execute("DELETE FROM customers WHERE id = 2");
        assertThat(bench.texts("SELECT id FROM orders")).containsExactly("1");
    }

    @Test
    void waitsForTheTableThatIsReferredToAsWell() throws Exception {
        var writer = bench.hold("UPDATE customers SET other = 7 WHERE id = 1");
        bench.onWait(writer::rollback);
        bench.ddl().addForeignKey(CUSTOMER);

        assertThat(validated("orders_customer_fk")).containsExactly("true");
        assertThat(bench.logs()).first().asString().contains("a report", "RowExclusiveLock on customers");
    }

    @Test
    void refusesAForeignKeyThatDiffers() throws Exception {
        bench.ddl().addForeignKey(CUSTOMER);

        assertThat(List.of(
                        CUSTOMER.onDelete(ForeignKey.Action.SET_NULL),
                        CUSTOMER.onUpdate(ForeignKey.Action.RESTRICT),
                        CUSTOMER.references("customers", "other"),
                        CUSTOMER.on("orders", "total"),
                        CUSTOMER.references("orders", "id")))
                .allSatisfy(other -> assertThatThrownBy(() -> bench.ddl().addForeignKey(other))
                        .hasMessageContaining(
                                "It is: FOREIGN KEY (customer) REFERENCES customers(id) ON DELETE CASCADE")
                        .hasMessageContaining("Wanted is: FOREIGN KEY"));
        bench.ddl().addCheck("orders", "taken", "TRUE");
        assertThatThrownBy(() -> bench.ddl()
                        .addForeignKey(ForeignKey.named("taken")
                                .on("orders", "customer")
                                .references("customers", "id")))
                .hasMessageContaining("It is: CHECK (true)");
    }

    @Test
    void tellsWhichForeignKeyIsNotWhole() {
        assertThatThrownBy(() -> bench.ddl().addForeignKey(ForeignKey.named("f").on("orders", "customer")))
                .hasMessageContaining("needs references(table, columns)");
        assertThatThrownBy(() -> bench.ddl().addForeignKey(ForeignKey.named("f").on("orders")))
                .hasMessageContaining("needs on(table, columns)");
    }

    @Test
    void makesAnIndexTheOneOfAConstraintOnce() throws Exception {
        for (var n = 0; n < 2; n++) {
            bench.ddl()
                    .createIndexConcurrently(Index.named("orders_customer_key")
                            .on("orders")
                            .columns("customer")
                            .unique());
            bench.ddl().uniqueConstraintUsingIndex("orders", "orders_customer_key", "orders_customer_key");
        }

        assertThat(validated("orders_customer_key")).containsExactly("true");
        assertThat(bench.logs()).hasSize(2);
    }

    @Test
    void dropsTheIndexThatASecondAttemptBuiltUnderItsOldName() throws Exception {
        for (var n = 0; n < 2; n++) {
            bench.ddl()
                    .createIndexConcurrently(Index.named("building")
                            .on("orders")
                            .columns("customer")
                            .unique());
            bench.ddl().uniqueConstraintUsingIndex("orders", "orders_customer_key", "building");
            bench.ddl().uniqueConstraintUsingIndex("orders", "orders_customer_key", "building");
        }

        assertThat(bench.valid("orders_customer_key")).hasValue("true");
        assertThat(bench.valid("building")).isEmpty();
    }

    @Test
    void refusesAnIndexThatCannotBeAConstraint() {
        bench.execute("""
                CREATE INDEX plain ON orders (customer);
                CREATE UNIQUE INDEX elsewhere ON customers (other);
                CREATE UNIQUE INDEX usable ON orders (customer);
                ALTER TABLE orders ADD CONSTRAINT orders_total_key UNIQUE (total), ADD CONSTRAINT checks CHECK (total > 0)""");
        var ddl = bench.ddl();

        assertThatThrownBy(() -> ddl.uniqueConstraintUsingIndex("orders", "c", "missing"))
                .hasMessageContaining("there is no index public.missing");
        assertThatThrownBy(() -> ddl.uniqueConstraintUsingIndex("orders", "c", "plain"))
                .hasMessageContaining("no valid unique index on public.orders");
        assertThatThrownBy(() -> ddl.uniqueConstraintUsingIndex("orders", "c", "elsewhere"))
                .hasMessageContaining("no valid unique index on public.orders");
        assertThatThrownBy(() -> ddl.uniqueConstraintUsingIndex("orders", "orders_total_key", "usable"))
                .hasMessageContaining("exists with another index");
        assertThatThrownBy(() -> ddl.uniqueConstraintUsingIndex("orders", "checks", "usable"))
                .hasMessageContaining("is another one: CHECK");
        assertThat(bench.valid("usable")).hasValue("true");
    }

    private List<String> validated(String constraint) {
        return bench.texts("SELECT convalidated FROM pg_constraint WHERE conname = '" + constraint + "'");
    }
}

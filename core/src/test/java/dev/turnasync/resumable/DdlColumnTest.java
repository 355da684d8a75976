package dev.turnasync.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnasync.jdbc.ErrorReports;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DdlColumnTest {

    private Bench bench;

    @BeforeEach
    void create() throws SQLException {
        bench = new Bench();
        bench.execute("""
                CREATE TABLE orders (id BIGINT PRIMARY KEY, email TEXT);
                INSERT INTO orders VALUES (1, 'a'), (2, 'b');
                CREATE TABLE others (id INTEGER PRIMARY KEY)""");
    }

    @AfterEach
    void drop() throws SQLException {
        bench.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text",
                "integer NOT NULL DEFAULT 0",
                "numeric(10, 2) DEFAULT 1.5",
                "timestamptz DEFAULT now()",
                "varchar(20) COLLATE \"C\"",
                "int4[] DEFAULT '{}'"
            })
    void addsAColumnOnce(String definition) throws Exception {
        var file = bench.texts("SELECT pg_relation_filenode('orders')");
        bench.ddl().addColumnIfMissing("orders", "added", definition);
        bench.ddl().addColumnIfMissing("orders", "added", definition);

        assertThat(bench.texts(
                        "SELECT count(*) FROM pg_attribute WHERE attrelid = 'orders'::regclass AND attname = 'added'"))
                .containsExactly("1");
        assertThat(bench.texts("SELECT pg_relation_filenode('orders')")).isEqualTo(file);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "uuid DEFAULT gen_random_uuid()",
                "timestamptz DEFAULT clock_timestamp()",
                "bigserial",
                "integer GENERATED ALWAYS AS IDENTITY",
                "text GENERATED ALWAYS AS (email || '!') STORED"
            })
    void refusesToWriteTheTableAnew(String definition) {
        assertThatThrownBy(() -> bench.ddl().addColumnIfMissing("orders", "added", definition))
                .hasMessageContaining("writes the whole table public.orders anew")
                .hasMessageContaining("setNotNull(…)")
                .satisfies(
                        error -> assertThat(ErrorReports.of(error).permanent()).isTrue());
        assertThat(columns()).containsExactly("id bigint", "email text");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "integer UNIQUE",
                "integer CHECK (added > 0)",
                "bigint REFERENCES orders",
                "integer REFERENCES others"
            })
    void refusesConstraintsThatReadTheTable(String definition) {
        assertThatThrownBy(() -> bench.ddl().addColumnIfMissing("orders", "added", definition))
                .hasMessageContaining("add the column alone");
        assertThat(columns()).containsExactly("id bigint", "email text");
    }

    @Test
    void refusesAColumnWithAnotherType() {
        assertThatThrownBy(() -> bench.ddl().addColumnIfMissing("orders", "email", "varchar(10)"))
                .hasMessageContaining("It is: text. Wanted is: character varying(10).");
        assertThatThrownBy(() -> bench.ddl().addColumnIfMissing("orders", "email", "text COLLATE \"C\""))
                .hasMessageContaining("It is: text. Wanted is: text COLLATE \"C\".");
    }

    @Test
    void tellsHowToAddNotNullToRowsWithoutAValue() {
        assertThatThrownBy(() -> bench.ddl().addColumnIfMissing("orders", "added", "integer NOT NULL"))
                .hasMessageContaining("NOT NULL without a default")
                .hasMessageContaining("setNotNull(…)");
    }

    @Test
    void setsNotNullOnce() throws Exception {
        bench.ddl().setNotNull("orders", "email");
        bench.ddl().setNotNull("orders", "email");

        assertThat(isNotNull()).isTrue();
        assertThat(constraints()).isEmpty();
        assertThat(bench.logs()).singleElement().asString().startsWith("validating the constraint");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ALTER TABLE orders ADD CONSTRAINT orders_email_turnasync_not_null CHECK (email IS NOT NULL) NOT VALID",
                "ALTER TABLE orders ADD CONSTRAINT orders_email_turnasync_not_null CHECK (email IS NOT NULL)",
                "ALTER TABLE orders ADD CONSTRAINT orders_email_turnasync_not_null CHECK (email IS NOT NULL);"
                        + " ALTER TABLE orders ALTER COLUMN email SET NOT NULL",
                "ALTER TABLE orders ALTER COLUMN email SET NOT NULL"
            })
    void goesOnToNotNullFromEachPlace(String before) throws Exception {
        bench.execute(before);
        bench.ddl().setNotNull("orders", "email");

        assertThat(isNotNull()).isTrue();
        assertThat(constraints()).isEmpty();
    }

    @Test
    void keepsWhatWasValidatedWhenTheLastStepGetsNoLock() throws Exception {
        bench.execute("ALTER TABLE orders ADD CONSTRAINT orders_email_turnasync_not_null CHECK (email IS NOT NULL)");
        bench.hold("SELECT count(*) FROM orders");
        assertThatThrownBy(() -> bench.ddl().setNotNull("orders", "email")).hasMessageContaining("a report");

        assertThat(isNotNull()).isFalse();
        assertThat(constraints()).containsExactly("orders_email_turnasync_not_null");
    }

    @Test
    void leavesAllAsItWasWhenThereAreRowsWithoutAValue() {
        bench.execute("INSERT INTO orders VALUES (37, NULL)");

        assertThatThrownBy(() -> bench.ddl().setNotNull("orders", "email"))
                .hasMessageContaining("such as (id) = (37)")
                .hasMessageContaining("The column is as it was")
                .satisfies(
                        error -> assertThat(ErrorReports.of(error).permanent()).isTrue());
        assertThat(isNotNull()).isFalse();
        assertThat(constraints()).isEmpty();
        bench.execute("INSERT INTO orders VALUES (38, NULL)");
    }

    @Test
    void namesARowWithoutAKeyByItsPlace() {
        bench.execute("CREATE TABLE loose (a INTEGER); INSERT INTO loose VALUES (1), (NULL)");

        assertThatThrownBy(() -> bench.ddl().setNotNull("loose", "a")).hasMessageContaining("(ctid) = ((0,2))");
    }

    @Test
    void tellsThatThereIsNoColumn() {
        assertThatThrownBy(() -> bench.ddl().setNotNull("orders", "Email")).hasMessageContaining("has no column Email");
    }

    private boolean isNotNull() {
        return bench.texts(
                        "SELECT attnotnull FROM pg_attribute WHERE attrelid = 'orders'::regclass AND attname = 'email'")
                .contains("true");
    }

    private List<String> constraints() {
        return bench.texts("SELECT conname FROM pg_constraint WHERE conrelid = 'orders'::regclass AND contype = 'c'");
    }

    private List<String> columns() {
        return bench.texts("""
                SELECT attname || ' ' || format_type(atttypid, atttypmod) FROM pg_attribute
                WHERE attrelid = 'orders'::regclass AND attnum > 0 ORDER BY attnum""");
    }
}

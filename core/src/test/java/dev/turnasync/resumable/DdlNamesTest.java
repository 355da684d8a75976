package dev.turnasync.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Names of tables, columns, indexes and constraints mean exactly what is written. */
class DdlNamesTest {

    private static final String INJECTION = "x\"; DROP TABLE victim; --";

    private Bench bench;

    @BeforeEach
    void create() throws SQLException {
        bench = new Bench();
        bench.execute("CREATE TABLE victim (id INTEGER)");
    }

    @AfterEach
    void drop() throws SQLException {
        bench.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "orders                | \"orders\"",
                "Orders                | \"Orders\"",
                "shop.orders           | \"shop\".\"orders\"",
                "\"a.b\".\"c\"\"d\"    | \"a.b\".\"c\"\"d\"",
                "my \"odd\" table      | \"my \"\"odd\"\" table\"",
            })
    void readsNames(String written, String sql) {
        assertThat(QualifiedName.parse(written).sql()).isEqualTo(sql);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "a.", ".a", "a.b.c", "\"a", "\"a\"b", "\"\"", "a..b"})
    void refusesWhatIsNoName(String written) {
        assertThatIllegalArgumentException().isThrownBy(() -> QualifiedName.parse(written));
    }

    @Test
    void refusesNamesThatTheServerWouldCut() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Identifiers.quote("é".repeat(32)))
                .withMessageContaining("64 bytes");
        assertThat(Identifiers.quote("é".repeat(31))).hasSize(33);
    }

    @Test
    void joinsNamesToOneThatFits() {
        var one = Identifiers.join("é".repeat(31), "orders_customer");
        var other = Identifiers.join("é".repeat(31), "orders_region");

        assertThat(Identifiers.join("p1", "orders_customer")).isEqualTo("p1_orders_customer");
        assertThat(one).isNotEqualTo(other).isEqualTo(Identifiers.join("é".repeat(31), "orders_customer"));
        assertThat(one.getBytes(StandardCharsets.UTF_8)).hasSizeLessThanOrEqualTo(63);
    }

    @Test
    void worksWithOddNames() throws Exception {
        bench.execute("""
                CREATE SCHEMA "My ""Shop"" X";
                CREATE TABLE "My ""Shop"" X"."Order USING btree (x) 1.0" ("the ""id"" x" INTEGER, "ON" TEXT);
                INSERT INTO "My ""Shop"" X"."Order USING btree (x) 1.0" VALUES (1, 'a')""");
        var table = "My \"Shop\" X.\"Order USING btree (x) 1.0\"";
        var index = Index.named("i \"1\" USING").on("My \"Shop\" X", "Order USING btree (x) 1.0");
        for (var n = 0; n < 2; n++) {
            bench.ddl().createIndexConcurrently(index.columns("the \"id\" x").unique());
            bench.ddl().addColumnIfMissing(table, "new \"col\"", "integer NOT NULL DEFAULT 3");
            bench.ddl().addCheck(table, "a \"check\"", "\"the \"\"id\"\" x\" > 0");
            bench.ddl().setNotNull(table, "the \"id\" x");
            bench.ddl().uniqueConstraintUsingIndex(table, "i \"1\" USING", "i \"1\" USING");
        }

        assertThat(bench.texts("""
                SELECT conname FROM pg_constraint WHERE conrelid = to_regclass('"My ""Shop"" X"."Order USING btree (x) 1.0"')
                AND contype <> 'n' ORDER BY 1""")).containsExactly("a \"check\"", "i \"1\" USING");
        assertThat(bench.valid("\"My \"\"Shop\"\" X\".\"i \"\"1\"\" USING\"")).hasValue("true");
    }

    @Test
    void doesNotLetNamesBecomeStatements() throws Exception {
        var ddl = bench.ddl();
        bench.execute("CREATE TABLE orders (id INTEGER)");

        assertThatThrownBy(() -> ddl.addColumnIfMissing(INJECTION, "a", "text"))
                .hasMessageContaining("there is no table");
        assertThatThrownBy(() -> ddl.setNotNull("orders", INJECTION)).hasMessageContaining("has no column");
        assertThatThrownBy(() -> ddl.createIndexConcurrently(
                        Index.named("i").on("orders").columns(INJECTION)))
                .hasMessageContaining("does not exist");
        assertThatThrownBy(() -> ddl.createIndexConcurrently(
                        Index.named("i").on("orders").columns("id").using(INJECTION)))
                .hasMessageContaining("does not exist");
        assertThatThrownBy(() -> ddl.uniqueConstraintUsingIndex("orders", "c", INJECTION))
                .hasMessageContaining("there is no index");
        ddl.dropIndexConcurrently(INJECTION);
        ddl.addCheck("orders", INJECTION, "id > 0");
        ddl.createIndexConcurrently(Index.named(INJECTION).on("orders").columns("id"));

        assertThat(bench.texts("SELECT to_regclass('victim')")).containsExactly("victim");
        assertThat(bench.texts("SELECT conname FROM pg_constraint WHERE conrelid = 'orders'::regclass"))
                .containsExactly(INJECTION);
    }

    @Test
    void tellsThatThereIsNoTable() {
        assertThatThrownBy(() -> bench.ddl().addCheck("Victim", "c", "TRUE"))
                .hasMessageContaining("there is no table Victim")
                .hasMessageContaining("upper and lower case included");
        bench.execute("CREATE VIEW looks AS SELECT 1 AS id");
        assertThatThrownBy(() -> bench.ddl().addCheck("looks", "c", "TRUE")).hasMessageContaining("is no table");
    }
}

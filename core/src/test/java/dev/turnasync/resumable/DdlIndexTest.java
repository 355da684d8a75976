package dev.turnasync.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.LeaseLostException;
import dev.turnasync.api.QueueEntry.Progress;
import dev.turnasync.jdbc.ErrorReports;
import dev.turnasync.jdbc.Jdbc;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DdlIndexTest {

    private static final Index CUSTOMER =
            Index.named("orders_customer").on("orders").columns("customer");

    private Bench bench;

    @BeforeEach
    void create() throws SQLException {
        bench = new Bench();
        bench.execute("""
                CREATE TABLE orders (id BIGINT PRIMARY KEY, customer INTEGER, email TEXT, tags TEXT[]);
                INSERT INTO orders VALUES (1, 1, 'a@x', '{a}'), (2, 1, 'A@x', '{b}'), (3, NULL, NULL, NULL)""");
    }

    @AfterEach
    void drop() throws SQLException {
        bench.close();
    }

    @Test
    void buildsAnIndexOnce() throws Exception {
        bench.ddl().createIndexConcurrently(CUSTOMER);
        var oid = bench.texts("SELECT 'orders_customer'::regclass::oid");
        bench.ddl().createIndexConcurrently(CUSTOMER);

        assertThat(bench.valid("orders_customer")).hasValue("true");
        assertThat(bench.texts("SELECT 'orders_customer'::regclass::oid")).isEqualTo(oid);
        assertThat(bench.logs())
                .containsExactly(
                        "building the index orders_customer on orders", "built the index orders_customer on orders");
    }

    @Test
    void buildsAllKindsOfIndexesOnce() throws Exception {
        var kinds = new Index[] {
            Index.named("i1")
                    .on("public", "orders")
                    .columns("customer", "id")
                    .include("email")
                    .where("email IS NOT NULL"),
            Index.named("i2")
                    .on("orders")
                    .expressions("lower(email) COLLATE \"C\" text_pattern_ops DESC NULLS LAST", "id"),
            Index.named("i3").on("public.orders").using("gin").columns("tags"),
            Index.named("i4").on("orders").expressions("(customer + id)").parameters("fillfactor = 70"),
            Index.named("i5").on("orders").columns("id", "customer").unique().nullsNotDistinct(),
            Index.named("i6").on("orders").columns("customer").where("orders.id > 5 AND customer = ANY (ARRAY[1, 2])"),
        };
        for (var index : kinds) {
            bench.ddl().createIndexConcurrently(index);
            bench.ddl().createIndexConcurrently(index);
        }

        assertThat(bench.logs().stream().filter(line -> line.startsWith("built")))
                .hasSize(6);
        assertThat(bench.definition("i1")).endsWith("btree (customer, id) INCLUDE (email) WHERE (email IS NOT NULL)");
        assertThat(bench.definition("i2")).contains("lower(email) COLLATE \"C\" text_pattern_ops DESC NULLS LAST");
        assertThat(bench.definition("i3")).contains("gin (tags)");
        assertThat(bench.definition("i4")).contains("fillfactor='70'");
        assertThat(bench.definition("i5")).contains("UNIQUE INDEX").contains("NULLS NOT DISTINCT");
    }

    @Test
    void refusesAnIndexWithAnotherDefinition() {
        bench.execute("CREATE INDEX orders_customer ON orders (customer) WHERE id > 1");

        assertThatThrownBy(() -> bench.ddl().createIndexConcurrently(CUSTOMER))
                .isInstanceOf(AsyncMigrationException.class)
                .hasMessageContaining("ON public.orders USING btree (customer) WHERE (id > 1)")
                .hasMessageContaining("Wanted is: not unique, USING btree (customer).")
                .hasMessageContaining("dropIndexConcurrently(\"public.orders_customer\")")
                .satisfies(
                        error -> assertThat(ErrorReports.of(error).permanent()).isTrue());
        assertThat(bench.logs()).isEmpty();
    }

    @Test
    void refusesAnIndexThatIsNotUniqueOrCountsNullsOtherwise() {
        bench.execute("CREATE INDEX orders_id ON orders (id); CREATE UNIQUE INDEX orders_id2 ON orders (id)");
        var unique = Index.named("orders_id").on("orders").columns("id").unique();

        assertThatThrownBy(() -> bench.ddl().createIndexConcurrently(unique)).hasMessageContaining("Wanted is: UNIQUE");
        assertThatThrownBy(() -> bench.ddl()
                        .createIndexConcurrently(Index.named("orders_id2")
                                .on("orders")
                                .columns("id")
                                .unique()
                                .nullsNotDistinct()))
                .hasMessageContaining("NULLS NOT DISTINCT");
    }

    @Test
    void refusesANameOfSomethingElse() {
        bench.execute("""
                CREATE SEQUENCE taken; CREATE TABLE others (customer INTEGER);
                CREATE INDEX orders_customer ON others (customer)""");

        assertThatThrownBy(() -> bench.ddl()
                        .createIndexConcurrently(
                                Index.named("taken").on("orders").columns("id")))
                .hasMessageContaining("public.taken is no index");
        assertThatThrownBy(() -> bench.ddl().createIndexConcurrently(CUSTOMER))
                .hasMessageContaining("is on another table")
                .hasMessageContaining("public.others");
    }

    @Test
    void replacesWhatAFailedBuildLeft() throws Exception {
        leaveInvalid();
        bench.execute("DELETE FROM orders WHERE id = 2");
        bench.ddl().createIndexConcurrently(CUSTOMER.unique());

        assertThat(bench.valid("orders_customer")).hasValue("true");
        assertThat(bench.logs()).first().isEqualTo("dropping the unfinished index public.orders_customer");
    }

    @Test
    void leavesNoUniqueIndexAndNamesTheKeyThatIsTwice() {
        assertThatThrownBy(() -> bench.ddl().createIndexConcurrently(CUSTOMER.unique()))
                .isInstanceOf(AsyncMigrationException.class)
                .hasMessageContaining("Key (customer)=(1) is duplicated")
                .hasMessageContaining("Nothing is left of it. Mend these rows")
                .hasCauseInstanceOf(SQLException.class)
                .satisfies(
                        error -> assertThat(ErrorReports.of(error).permanent()).isTrue());
        assertThat(bench.valid("orders_customer")).isEmpty();
    }

    @Test
    void leavesNothingOfABuildThatCannotSucceed() {
        bench.execute("UPDATE orders SET customer = 0 WHERE id = 3");

        assertThatThrownBy(() -> bench.ddl()
                        .createIndexConcurrently(Index.named("i").on("orders").expressions("(1 / customer)")))
                .hasMessageContaining("division by zero")
                .hasMessageContaining("Nothing is left of it");
        assertThat(bench.valid("i")).isEmpty();
    }

    @Test
    void waitsForABuildOfAnotherSession() throws Exception {
        var writer = bench.hold("UPDATE orders SET email = 'b' WHERE id = 1");
        var build = elsewhere();
        bench.onWait(writer::commit);
        bench.ddl().createIndexConcurrently(CUSTOMER);

        build.join();
        assertThat(bench.valid("orders_customer")).hasValue("true");
        assertThat(bench.logs())
                .singleElement()
                .asString()
                .contains("is being built by pid", "a builder", "waiting for writers before build");
        assertThat(bench.reports()).hasSizeGreaterThanOrEqualTo(2).last().isEqualTo(Progress.NONE);
        assertThat(bench.reports().get(0).phase()).isEqualTo("index orders_customer on orders is built elsewhere");
        assertThat(Objects.requireNonNull(bench.reports().get(0).waiting()).reason())
                .contains("a builder");
    }

    @Test
    void buildsWhatAnotherSessionGaveUp() throws Exception {
        var writer = bench.hold("UPDATE orders SET email = 'b' WHERE id = 1");
        var build = elsewhere();
        bench.onWait(() -> {
            bench.texts("""
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE application_name = 'a builder' AND datname = current_database()""");
            writer.commit();
        });
        bench.ddl().createIndexConcurrently(CUSTOMER);

        assertThat(build.handle((done, error) -> error).join()).isNotNull();
        assertThat(bench.valid("orders_customer")).hasValue("true");
        assertThat(bench.logs()).contains("dropping the unfinished index public.orders_customer");
    }

    /** A role without rights on others' sessions sees that somebody builds, not what. */
    @Test
    void waitsForABuildWhoseDetailsItMayNotSee() throws Exception {
        bench.execute("DROP ROLE IF EXISTS ddl_owner; CREATE ROLE ddl_owner; ALTER TABLE orders OWNER TO ddl_owner;"
                + " GRANT CREATE ON SCHEMA public TO ddl_owner");
        var writer = bench.hold("UPDATE orders SET email = 'b' WHERE id = 1");
        var build = elsewhere();
        bench.onWait(writer::commit);
        Jdbc.execute(bench.connection(), "SET ROLE ddl_owner");
        bench.ddl().createIndexConcurrently(CUSTOMER);

        build.join();
        assertThat(bench.logs()).singleElement().asString().contains("phase not to be seen");
    }

    @Test
    void repeatsABuildThatEndsInADeadlock() throws Exception {
        bench.execute("""
                CREATE SEQUENCE tries;
                CREATE FUNCTION shaky(n BIGINT) RETURNS BIGINT IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN
                    IF nextval('public.tries') < 3 THEN RAISE EXCEPTION 'shaky' USING ERRCODE = '40P01'; END IF;
                    RETURN n; END $$""");
        bench.ddl().createIndexConcurrently(Index.named("i").on("orders").expressions("shaky(id)"));

        assertThat(bench.valid("i")).hasValue("true");
        assertThat(bench.logs())
                .filteredOn(line -> line.contains("failed with SQLSTATE 40P01"))
                .hasSize(2);
    }

    @Test
    void givesUpABuildThatNeverGetsThrough() {
        bench.execute("""
                CREATE FUNCTION shaky(n BIGINT) RETURNS BIGINT IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN
                    RAISE EXCEPTION 'shaky' USING ERRCODE = '40P01'; END $$""");

        assertThatThrownBy(() -> bench.ddl()
                        .createIndexConcurrently(Index.named("i").on("orders").expressions("shaky(id)")))
                .hasMessageContaining("in 5 tries")
                .hasCauseInstanceOf(SQLException.class)
                .satisfies(
                        error -> assertThat(ErrorReports.of(error).permanent()).isFalse());
        assertThat(bench.valid("i")).isEmpty();
    }

    @Test
    void buildsNothingOnceTheLeaseIsLost() {
        bench.execute("""
                CREATE FUNCTION shaky(n BIGINT) RETURNS BIGINT IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN
                    RAISE EXCEPTION 'shaky' USING ERRCODE = '40P01'; END $$""");
        bench.beforeTransactions(() -> {
            if (bench.logs().stream().anyMatch(line -> line.contains("failed with SQLSTATE"))) {
                throw new LeaseLostException("taken over");
            }
        });

        assertThatThrownBy(() -> bench.ddl()
                        .createIndexConcurrently(Index.named("i").on("orders").expressions("shaky(id)")))
                .isInstanceOf(LeaseLostException.class);
        assertThat(bench.logs()).filteredOn(line -> line.startsWith("building")).hasSize(1);
    }

    @Test
    void buildsWithoutTimeoutsAndGivesThemBack() throws Exception {
        bench.execute("""
                CREATE FUNCTION calm(n BIGINT) RETURNS BIGINT IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN
                    IF current_setting('lock_timeout') || current_setting('statement_timeout')
                        || current_setting('transaction_timeout') <> '000' THEN RAISE EXCEPTION 'hurried'; END IF;
                    RETURN n; END $$""");
        Jdbc.execute(
                bench.connection(),
                "SET lock_timeout = '5s'; SET statement_timeout = '6s'; SET transaction_timeout = '7s'");
        bench.ddl().createIndexConcurrently(Index.named("i").on("orders").expressions("calm(id)"));
        assertThatThrownBy(() -> bench.ddl().createIndexConcurrently(CUSTOMER.unique()));

        assertThat(Jdbc.list(
                        bench.connection(),
                        "SELECT current_setting(name) FROM pg_settings WHERE name LIKE '%\\_timeout' AND source = 'session' ORDER BY name",
                        row -> row.getString(1)))
                .containsExactly("5s", "6s", "7s");
    }

    @Test
    void measuresExpressionsAlsoAfterACrashBeforeIt() throws Exception {
        var lower = Index.named("orders_lower").on("orders").expressions("lower(email)");
        bench.execute("CREATE INDEX orders_lower ON orders (lower(email))");
        bench.ddl().createIndexConcurrently(lower);
        bench.ddl().createIndexConcurrently(lower);

        assertThat(bench.texts("SELECT attname FROM pg_stats WHERE tablename = 'orders_lower'"))
                .containsExactly("lower");
        assertThat(bench.logs()).containsExactly("analysing public.orders for its index public.orders_lower");
    }

    @Test
    void dropsAnIndexOnceWhetherValidOrNot() throws Exception {
        leaveInvalid();
        bench.execute("CREATE SCHEMA shop; CREATE TABLE shop.t (a INTEGER); CREATE INDEX t_a ON shop.t (a)");
        for (var n = 0; n < 2; n++) {
            bench.ddl().dropIndexConcurrently("orders_customer");
            bench.ddl().dropIndexConcurrently("shop.t_a");
        }

        assertThat(bench.valid("orders_customer")).isEmpty();
        assertThat(bench.valid("shop.t_a")).isEmpty();
        assertThat(bench.logs()).hasSize(2);
    }

    @Test
    void dropsNoIndexOfAConstraintAndNothingElse() {
        assertThatThrownBy(() -> bench.ddl().dropIndexConcurrently("orders_pkey"))
                .hasMessageContaining("belongs to the constraint orders_pkey");
        assertThatThrownBy(() -> bench.ddl().dropIndexConcurrently("orders")).hasMessageContaining("is no index");

        assertThat(bench.valid("orders_pkey")).hasValue("true");
    }

    @Test
    void describesWithoutChangingTheDescription() {
        var base = Index.named("i").on("orders").columns("id");
        base.unique().include("email").where("TRUE");

        assertThat(base.createSql("INDEX", "t")).isEqualTo("CREATE INDEX \"i\" ON t (\"id\")");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        bench.ddl().createIndexConcurrently(Index.named("i").columns("id")))
                .withMessageContaining("needs on(table)");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        bench.ddl().createIndexConcurrently(Index.named("i").on("orders")));
    }

    /** Another session that builds the index and waits for a writer. */
    private CompletableFuture<Void> elsewhere() throws SQLException {
        var builder = bench.session("a builder");
        var build = CompletableFuture.runAsync(
                () -> execute(builder, "CREATE INDEX CONCURRENTLY orders_customer ON orders (customer)"));
        await().until(() -> bench.valid("orders_customer").isPresent());
        return build;
    }

    private void leaveInvalid() throws SQLException {
        assertThatThrownBy(() -> execute(
                bench.session("a builder"), "CREATE UNIQUE INDEX CONCURRENTLY orders_customer ON orders (customer)"));
        assertThat(bench.valid("orders_customer")).hasValue("false");
    }

    private static void execute(Connection connection, String sql) {
        try {
            Jdbc.execute(connection, sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}

package dev.turnasync.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.QueueEntry.Progress;
import dev.turnasync.jdbc.ErrorReports;
import dev.turnasync.jdbc.Jdbc;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LockLadderTest {

    private Bench bench;

    @BeforeEach
    void create() throws SQLException {
        bench = new Bench();
        bench.execute("CREATE TABLE orders (id BIGINT PRIMARY KEY)");
    }

    @AfterEach
    void drop() throws SQLException {
        bench.close();
    }

    @Test
    void waitsLongerWithEachTryUpToALimit() {
        var policy = LockPolicy.SHORT;

        assertThat(policy.tries()).isEqualTo(30);
        assertThat(policy.wait(1)).isEqualTo(Duration.ofMillis(100));
        assertThat(policy.wait(7)).isEqualTo(Duration.ofMillis(700));
        assertThat(policy.wait(30)).isEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void doublesItsPausesUpToALimit() {
        var policy = LockPolicy.SHORT;

        assertThat(policy.pauseAtMost(1)).isEqualTo(Duration.ofMillis(50));
        assertThat(policy.pauseAtMost(5)).isEqualTo(Duration.ofMillis(800));
        assertThat(policy.pauseAtMost(30)).isEqualTo(Duration.ofSeconds(30));
        assertThat(policy.pauseAtMost(1_000)).isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void spreadsItsPausesOverTheWholeLength() {
        var random = new Random(7);
        var pauses = IntStream.range(0, 1_000)
                .mapToLong(n -> LockPolicy.SHORT.pause(5, random).toMillis())
                .summaryStatistics();

        assertThat(pauses.getMin()).isBetween(0L, 10L);
        assertThat(pauses.getMax()).isBetween(790L, 800L);
    }

    @Test
    void goesOnUntilTheLockIsFreeAndTellsWhoHeldIt() throws Exception {
        var holder = bench.hold("SELECT count(*) FROM orders");
        bench.onWait(() -> {
            if (bench.waits() == 2) {
                holder.rollback();
            }
        });
        bench.ddl().addColumnIfMissing("orders", "region", "text");

        assertThat(bench.texts("SELECT attname FROM pg_attribute WHERE attrelid = 'orders'::regclass AND attnum = 2"))
                .containsExactly("region");
        assertThat(bench.waits()).isEqualTo(2);
        assertThat(bench.logs())
                .hasSize(2)
                .allSatisfy(line -> assertThat(line)
                        .contains("add the column region to public.orders", "pid ", "postgres", "a report")
                        .contains("AccessShareLock on orders", "since ", "SELECT count(*) FROM orders"));
        assertThat(bench.reports()).hasSize(3).last().isEqualTo(Progress.NONE);
        assertThat(Objects.requireNonNull(bench.reports().get(1).waiting()).reason())
                .contains("try 2 of 4", "a report");
    }

    @Test
    void givesUpAfterItsTriesWithAnErrorThatIsTransient() throws Exception {
        bench.hold("SELECT count(*) FROM orders");

        assertThatThrownBy(() -> bench.ddl().addColumnIfMissing("orders", "region", "text"))
                .isInstanceOf(AsyncMigrationException.class)
                .hasMessageContaining("in 4 tries")
                .hasMessageContaining("a report")
                .hasMessageContaining("retry")
                .satisfies(
                        error -> assertThat(ErrorReports.of(error).permanent()).isFalse())
                .cause()
                .satisfies(cause ->
                        assertThat(((SQLException) cause).getSQLState()).isEqualTo("55P03"));
        assertThat(bench.waits()).isEqualTo(3);
        assertThat(bench.connection().getAutoCommit()).isTrue();
    }

    @Test
    void beginsEachTryAsANewTransactionWithItsOwnTimeouts() throws Exception {
        Jdbc.execute(bench.connection(), "SET lock_timeout = '7s'; SET statement_timeout = '8s'");
        var tries = new AtomicInteger();
        bench.ddl().run(tx -> {
            var attempt = tries.incrementAndGet();
            assertThat(setting("lock_timeout")).isEqualTo(Math.min(20 * attempt, 40) + "ms");
            assertThat(setting("statement_timeout")).isEqualTo("0");
            Jdbc.execute(tx.connection(), "INSERT INTO orders VALUES (" + attempt + ")");
            if (attempt < 3) {
                fail(tx, attempt == 1 ? "40P01" : "55P03");
            }
        });

        assertThat(bench.texts("SELECT id FROM orders")).containsExactly("3");
        assertThat(setting("lock_timeout")).isEqualTo("7s");
        assertThat(setting("statement_timeout")).isEqualTo("8s");
    }

    @Test
    void repeatsNoOtherError() {
        var tries = new AtomicInteger();

        assertThatThrownBy(() -> bench.ddl().run(tx -> {
                    tries.incrementAndGet();
                    fail(tx, "22012");
                }))
                .isInstanceOf(SQLException.class);
        assertThat(tries).hasValue(1);
    }

    @Test
    void seesALockFailureThatTheWorkWrapped() throws Exception {
        var tries = new AtomicInteger();
        bench.ddl().run(tx -> {
            if (tries.incrementAndGet() == 1) {
                throw new IllegalStateException("wrapped", new SQLException("no lock", "55P03"));
            }
        });

        assertThat(tries).hasValue(2);
    }

    @Test
    void runsStatementsTogetherAndNamesWhoHoldsAnyTable() throws Exception {
        bench.execute("CREATE TABLE orders_next (id BIGINT PRIMARY KEY, region TEXT)");
        var holder = bench.hold("SELECT count(*) FROM orders");
        bench.onWait(holder::rollback);
        bench.ddl().run("ALTER TABLE orders RENAME TO orders_old", "ALTER TABLE orders_next RENAME TO orders");

        assertThat(bench.logs()).singleElement().asString().contains("a report", "SELECT count(*) FROM orders");
        assertThat(bench.texts(
                        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE 'orders%' ORDER BY 1"))
                .containsExactly("orders", "orders_old");
    }

    @Test
    void runsAllStatementsOrNone() {
        assertThatThrownBy(() -> bench.ddl().run("INSERT INTO orders VALUES (1)", "INSERT INTO orders VALUES (1)"))
                .isInstanceOf(SQLException.class);

        assertThat(bench.texts("SELECT id FROM orders")).isEmpty();
    }

    @Test
    void refusesInsideATransaction() {
        List<Bench.Meanwhile> calls = List.of(
                () -> bench.ddl().run("SELECT 1"),
                () -> bench.ddl()
                        .createIndexConcurrently(Index.named("i").on("orders").columns("id")),
                () -> bench.ddl().dropIndexConcurrently("i"),
                () -> bench.ddl().addColumnIfMissing("orders", "region", "text"),
                () -> bench.ddl().addCheck("orders", "positive", "id > 0"),
                () -> bench.ddl()
                        .addForeignKey(ForeignKey.named("f").on("orders", "id").references("orders", "id")),
                () -> bench.ddl().setNotNull("orders", "id"),
                () -> bench.ddl().uniqueConstraintUsingIndex("orders", "c", "i"));

        assertThat(calls)
                .allSatisfy(call -> assertThatThrownBy(() -> bench.context().inTransaction(tx -> {
                            call.run();
                            return tx;
                        }))
                        .hasMessageContaining("Let its canExecuteInTransaction() return false"));
    }

    private String setting(String name) throws SQLException {
        return Jdbc.first(bench.connection(), "SELECT current_setting(?)", row -> row.getString(1), name)
                .orElseThrow();
    }

    private static void fail(FencedTransaction tx, String sqlState) throws SQLException {
        Jdbc.execute(tx.connection(), "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '" + sqlState + "'; END $$");
    }
}

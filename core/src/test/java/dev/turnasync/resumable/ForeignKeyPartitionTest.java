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

/** Foreign keys and unique constraints of partitioned tables, here with partitions of two levels. */
class ForeignKeyPartitionTest {

    private static final ForeignKey KEY =
            ForeignKey.named("events_kind_fk").on("events", "kind").references("kinds", "id");

    private Bench bench;

    @BeforeEach
    void create() throws SQLException {
        bench = new Bench();
        bench.execute("""
                CREATE TABLE kinds (id INTEGER PRIMARY KEY); INSERT INTO kinds VALUES (1), (2);
                CREATE TABLE events (id BIGINT, region TEXT, kind INTEGER, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
                CREATE TABLE events_eu PARTITION OF events FOR VALUES IN ('eu') PARTITION BY RANGE (id);
                CREATE TABLE events_eu_1 PARTITION OF events_eu FOR VALUES FROM (0) TO (100);
                CREATE TABLE events_us PARTITION OF events FOR VALUES IN ('us');
                INSERT INTO events VALUES (1, 'eu', 1), (2, 'eu', 2), (1, 'us', 1)""");
    }

    @AfterEach
    void drop() throws SQLException {
        bench.close();
    }

    private List<String> keys() {
        return bench.texts("""
                SELECT conrelid::regclass || ' ' || convalidated || ' ' || (conparentid <> 0)
                FROM pg_constraint WHERE contype = 'f' AND conrelid <> 0 ORDER BY conrelid::regclass::text""");
    }

    @Test
    void addsToEachPartitionAndThenToTheTableOnce() throws Exception {
        bench.ddl().addForeignKey(KEY);
        bench.ddl().addForeignKey(KEY);

        assertThat(keys())
                .containsExactly(
                        "events true false", "events_eu true true", "events_eu_1 true true", "events_us true true");
        assertThat(bench.logs()).hasSize(2).allMatch(line -> line.startsWith("validating"));
        assertThatThrownBy(() -> bench.execute("INSERT INTO events VALUES (3, 'us', 7)"))
                .hasStackTraceContaining("events_kind_fk");
        assertThatThrownBy(() -> bench.ddl().addForeignKey(KEY.onDelete(ForeignKey.Action.CASCADE)))
                .hasMessageContaining("Wanted is: FOREIGN KEY");
    }

    /** The first partition is validated for hours, and the others do not stay what they were. */
    @ParameterizedTest
    @ValueSource(strings = {"DROP TABLE events_us", "ALTER TABLE events DETACH PARTITION events_us"})
    void leavesOutAPartitionThatIsGoneMeanwhile(String gone) throws Exception {
        bench.beforeTransactions(() -> {
            if (!bench.logs().isEmpty()) {
                bench.beforeTransactions(() -> {});
                bench.execute(gone);
            }
        });
        bench.ddl().addForeignKey(KEY);

        assertThat(keys()).containsExactly("events true false", "events_eu true true", "events_eu_1 true true");
    }

    @Test
    void goesOnWhereACrashEnded() throws Exception {
        bench.execute("""
                ALTER TABLE events_eu_1 ADD CONSTRAINT events_kind_fk FOREIGN KEY (kind) REFERENCES kinds (id);
                ALTER TABLE events_us ADD CONSTRAINT events_kind_fk FOREIGN KEY (kind) REFERENCES kinds (id) NOT VALID""");
        bench.ddl().addForeignKey(KEY);

        assertThat(keys()).hasSize(4).allMatch(key -> key.contains(" true"));
        assertThat(bench.logs()).containsExactly("validating the constraint events_kind_fk of public.events_us");
    }

    @Test
    void takesOverAKeyThatAPartitionHasUnderAnotherName() throws Exception {
        bench.execute("ALTER TABLE events_us ADD CONSTRAINT old FOREIGN KEY (kind) REFERENCES kinds (id)");
        bench.ddl().addForeignKey(KEY);

        assertThat(bench.texts(
                        "SELECT conname FROM pg_constraint WHERE conrelid = 'events_us'::regclass AND contype = 'f'"))
                .containsExactly("old");
    }

    @Test
    void leavesThePartitionUnvalidatedWhoseRowsBreakItAndGoesOnOnceTheyAreFixed() throws Exception {
        bench.execute("UPDATE events SET kind = 9 WHERE region = 'us'");
        assertThatThrownBy(() -> bench.ddl().addForeignKey(KEY))
                .hasMessageContaining("rows of public.events_us break the constraint events_kind_fk");
        assertThat(keys()).containsExactly("events_eu_1 true false", "events_us false false");

        bench.execute("UPDATE events SET kind = 1 WHERE region = 'us'");
        bench.ddl().addForeignKey(KEY);
        assertThat(keys()).hasSize(4).allMatch(key -> key.contains(" true"));
    }

    @Test
    void seesAPartitionThatComesMeanwhile() throws Exception {
        var times = new int[1];
        bench.beforeTransactions(() -> {
            if (++times[0] == 6) {
                bench.execute("CREATE TABLE events_eu_2 PARTITION OF events_eu FOR VALUES FROM (100) TO (200)");
            }
        });
        bench.ddl().addForeignKey(KEY);

        assertThat(keys()).hasSize(5).allMatch(key -> key.contains(" true"));
    }

    @Test
    void waitsForAWriterOfAPartitionAndNamesIt() throws Exception {
        var writer = bench.hold("UPDATE events_us SET kind = 2");
        bench.onWait(writer::rollback);
        bench.ddl().addForeignKey(KEY);

        assertThat(keys()).hasSize(4);
        assertThat(bench.logs()).anyMatch(line -> line.contains("a report") && line.contains("on events_us"));
    }

    @Test
    void refersToAPartitionedTable() throws Exception {
        bench.execute("""
                CREATE TABLE notes (event BIGINT, region TEXT); INSERT INTO notes VALUES (1, 'eu');
                CREATE TABLE marks (event BIGINT, region TEXT) PARTITION BY LIST (region);
                CREATE TABLE marks_eu PARTITION OF marks FOR VALUES IN ('eu'); INSERT INTO marks VALUES (1, 'eu')""");
        for (var table : List.of("notes", "marks", "notes", "marks")) {
            bench.ddl()
                    .addForeignKey(ForeignKey.named(table + "_event_fk")
                            .on(table, "event", "region")
                            .references("events", "id", "region"));
        }

        assertThat(bench.texts(
                        "SELECT conrelid::regclass FROM pg_constraint WHERE conname LIKE '%event_fk' AND convalidated"))
                .containsExactlyInAnyOrder("notes", "marks", "marks_eu");
        assertThatThrownBy(() -> bench.execute("INSERT INTO marks VALUES (77, 'eu')"))
                .hasStackTraceContaining("marks_event_fk");
        assertThatThrownBy(() -> bench.execute("DELETE FROM events WHERE id = 1 AND region = 'eu'"))
                .hasStackTraceContaining("violates foreign key");
    }

    @Test
    void refersToItself() throws Exception {
        bench.execute("ALTER TABLE events ADD before BIGINT; UPDATE events SET before = 1");
        var own = ForeignKey.named("events_before_fk")
                .on("events", "before", "region")
                .references("events", "id", "region");
        bench.ddl().addForeignKey(own);
        bench.ddl().addForeignKey(own);

        assertThat(bench.texts("SELECT DISTINCT convalidated FROM pg_constraint WHERE contype = 'f'"))
                .containsExactly("true");
        assertThatThrownBy(() -> bench.execute("UPDATE events SET before = 77")).hasStackTraceContaining("before_fk");
    }

    @Test
    void refusesForeignPartitionsBeforeItAddsAnything() {
        bench.execute("""
                CREATE FOREIGN DATA WRAPPER elsewhere; CREATE SERVER far FOREIGN DATA WRAPPER elsewhere;
                ALTER TABLE events DROP CONSTRAINT events_pkey;
                CREATE FOREIGN TABLE events_old PARTITION OF events FOR VALUES IN ('old') SERVER far""");

        assertThatThrownBy(() -> bench.ddl().addForeignKey(KEY))
                .hasMessageContaining("has the foreign partition public.events_old, which can have no foreign key");
        assertThat(keys()).isEmpty();
    }

    /** And the way that is told leads there. */
    @Test
    void refusesAUniqueConstraintOverAnIndexAndTellsTheWay() throws Exception {
        var ddl = bench.ddl();
        ddl.createIndexConcurrently(
                Index.named("one").on("events").columns("id", "region").unique());
        assertThatThrownBy(() -> ddl.uniqueConstraintUsingIndex("events", "one", "one"))
                .hasMessageContaining("for each partition run(\"ALTER INDEX … ATTACH PARTITION …\")")
                .satisfies(
                        error -> assertThat(ErrorReports.of(error).permanent()).isTrue());

        for (var leaf : List.of("events_eu_1", "events_us")) {
            ddl.createIndexConcurrently(
                    Index.named(leaf + "_key").on(leaf).columns("id", "region").unique());
            ddl.uniqueConstraintUsingIndex(leaf, leaf + "_key", leaf + "_key");
        }
        ddl.run(
                "ALTER TABLE ONLY events_eu ADD CONSTRAINT events_eu_key UNIQUE (id, region)",
                "ALTER INDEX events_eu_key ATTACH PARTITION events_eu_1_key",
                "ALTER TABLE ONLY events ADD CONSTRAINT events_key UNIQUE (id, region)",
                "ALTER INDEX events_key ATTACH PARTITION events_eu_key",
                "ALTER INDEX events_key ATTACH PARTITION events_us_key");
        assertThat(bench.valid("events_key")).hasValue("true");
    }
}

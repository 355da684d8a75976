package dev.turnasync.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Indexes of partitioned tables, here with partitions of two levels, one of them with a name as long as can be. */
class DdlPartitionTest {

    private static final String LONG = "events_of_a_partition_whose_name_is_so_long_that_nothing_fits_x";

    private static final Index KIND = Index.named("events_kind").on("events").columns("kind");

    private Bench bench;

    @BeforeEach
    void create() throws SQLException {
        bench = new Bench();
        bench.execute("""
                CREATE TABLE events (id BIGINT NOT NULL, region TEXT NOT NULL, kind TEXT) PARTITION BY LIST (region);
                CREATE TABLE events_eu PARTITION OF events FOR VALUES IN ('eu') PARTITION BY RANGE (id);
                CREATE TABLE events_eu_1 PARTITION OF events_eu FOR VALUES FROM (0) TO (100);
                CREATE TABLE %s PARTITION OF events_eu FOR VALUES FROM (100) TO (200);
                CREATE TABLE events_us PARTITION OF events FOR VALUES IN ('us');
                INSERT INTO events VALUES (1, 'eu', 'a'), (101, 'eu', 'b'), (1, 'us', 'a')""".formatted(LONG));
    }

    @AfterEach
    void drop() throws SQLException {
        bench.close();
    }

    @Test
    void buildsTheIndexesOfAllPartitionsOnce() throws Exception {
        bench.ddl().createIndexConcurrently(KIND);
        var oids = bench.texts("SELECT indexrelid FROM pg_index ORDER BY 1");
        bench.ddl().createIndexConcurrently(KIND);

        assertThat(bench.texts("SELECT indexrelid FROM pg_index ORDER BY 1")).isEqualTo(oids);
        assertThat(tree()).containsExactlyInAnyOrder("events", "events_eu", "events_eu_1", LONG, "events_us");
        assertThat(bench.valid("events_kind")).hasValue("true");
        assertThat(bench.valid("events_eu_1_events_eu_events_kind")).hasValue("true");
        assertThat(bench.logs()).filteredOn(line -> line.startsWith("built")).hasSize(3);
    }

    @Test
    void goesOnWhereACrashedBuildEnded() throws Exception {
        bench.execute("""
                CREATE UNIQUE INDEX events_unique ON ONLY events (region, id);
                CREATE UNIQUE INDEX events_us_events_unique ON events_us (region, id);
                CREATE UNIQUE INDEX events_eu_events_unique ON ONLY events_eu (region, id);
                ALTER INDEX events_unique ATTACH PARTITION events_eu_events_unique;
                INSERT INTO events VALUES (1, 'eu', 'a')""");
        var unique = Index.named("events_unique")
                .on("events")
                .columns("region", "id")
                .unique();
        assertThatThrownBy(() -> bench.ddl().createIndexConcurrently(unique)).hasMessageContaining("is duplicated");
        assertThat(bench.valid("events_unique")).hasValue("false");

        bench.execute(
                "DELETE FROM events WHERE ctid = (SELECT max(ctid) FROM events_eu_1) AND tableoid = 'events_eu_1'::regclass");
        bench.ddl().createIndexConcurrently(unique);

        assertThat(bench.valid("events_unique")).hasValue("true");
        assertThat(bench.logs()).noneMatch(line -> line.contains("built the index events_us_events_unique"));
    }

    @Test
    void refusesAnotherDefinitionOfParentOrPartition() {
        bench.execute("CREATE INDEX events_us_events_kind ON events_us (id)");
        assertThatThrownBy(() -> bench.ddl().createIndexConcurrently(KIND))
                .hasMessageContaining("events_us_events_kind exists with another definition");
        bench.execute("DROP INDEX events_kind; CREATE INDEX events_kind ON ONLY events (id)");
        assertThatThrownBy(() -> bench.ddl().createIndexConcurrently(KIND))
                .hasMessageContaining("events_kind exists with another definition");
    }

    @Test
    void dropsTheWholeTreeUnderAShortLock() throws Exception {
        bench.execute("CREATE INDEX events_kind ON events (kind)");
        var reader = bench.hold("SELECT count(*) FROM events_us");
        bench.onWait(reader::rollback);
        bench.ddl().dropIndexConcurrently("events_kind");
        bench.ddl().dropIndexConcurrently("events_kind");

        assertThat(bench.texts("SELECT indexrelid FROM pg_index WHERE indrelid IN"
                        + " (SELECT relid FROM pg_partition_tree('events'))"))
                .isEmpty();
        assertThat(bench.logs()).anyMatch(line -> line.contains("a report") && line.contains("on events_us"));
    }

    private List<String> tree() {
        return bench.texts("""
                SELECT x.indrelid::regclass FROM pg_partition_tree('events_kind') t JOIN pg_index x ON x.indexrelid = t.relid
                WHERE x.indisvalid""");
    }

    /** On the parent alone an index would be left that never gets valid. */
    @Test
    void refusesAForeignPartitionBeforeItCreatesAnything() {
        bench.execute("""
                CREATE FOREIGN DATA WRAPPER elsewhere; CREATE SERVER far FOREIGN DATA WRAPPER elsewhere;
                CREATE FOREIGN TABLE events_old PARTITION OF events_eu FOR VALUES FROM (200) TO (300) SERVER far""");

        assertThatThrownBy(() -> bench.ddl().createIndexConcurrently(KIND))
                .hasMessageContaining(
                        "public.events has the foreign partition public.events_old, for which the index can"
                                + " never be valid");
        assertThat(bench.valid("events_kind")).isEmpty();
    }
}

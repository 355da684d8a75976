package dev.turnasync.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnasync.jdbc.ErrorReports;
import java.sql.SQLException;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is no plain table, or not for this role, is changed right or refused in words. */
class DdlKindsTest {

    private Bench bench;

    @BeforeEach
    void create() throws SQLException {
        bench = new Bench();
        bench.execute("CREATE TABLE plain (id INTEGER PRIMARY KEY, other INTEGER)");
    }

    @AfterEach
    void drop() throws SQLException {
        bench.close();
    }

    private static void refused(ThrowingCallable change, String... words) {
        assertThatThrownBy(change)
                .hasMessageContainingAll(words)
                .satisfies(
                        error -> assertThat(ErrorReports.of(error).permanent()).isTrue());
    }

    private void own(String sql) throws SQLException {
        try (var statement = bench.connection().createStatement()) {
            statement.execute(sql);
        }
    }

    @Test
    void refusesATemporaryTable() throws Exception {
        own("CREATE TEMPORARY TABLE mine (id INTEGER PRIMARY KEY)");

        refused(() -> bench.ddl().addColumnIfMissing("mine", "c", "int"), "mine is a temporary table");
        refused(
                () -> bench.ddl()
                        .createIndexConcurrently(Index.named("i").on("mine").columns("id")),
                "temporary");
    }

    @Test
    void changesAnUnloggedTableAndLetsOnlyUnloggedOnesReferToIt() throws Exception {
        bench.execute("CREATE UNLOGGED TABLE fast (id INTEGER PRIMARY KEY, other INTEGER)");
        bench.ddl().addCheck("fast", "fast_check", "other > 0");
        bench.ddl().addColumnIfMissing("fast", "c", "int");
        bench.ddl().addForeignKey(ForeignKey.named("out").on("fast", "other").references("plain", "id"));

        refused(
                () -> bench.ddl()
                        .addForeignKey(
                                ForeignKey.named("in").on("plain", "other").references("fast", "id")),
                "public.fast, which is unlogged",
                "SET LOGGED");
    }

    @Test
    void givesAMaterializedViewIndexesAndNothingElse() throws Exception {
        bench.execute("CREATE MATERIALIZED VIEW sums AS SELECT 1 AS id, 2 AS total");
        bench.ddl()
                .createIndexConcurrently(
                        Index.named("sums_id").on("sums").columns("id").unique());

        refused(() -> bench.ddl().addColumnIfMissing("sums", "c", "int"), "sums is a materialized view");
        refused(() -> bench.ddl().addCheck("sums", "c", "id > 0"), "materialized view");
        refused(() -> bench.ddl().setNotNull("sums", "id"), "materialized view");
        refused(
                () -> bench.ddl()
                        .addForeignKey(
                                ForeignKey.named("f").on("plain", "other").references("sums", "id")),
                "materialized view");
    }

    @Test
    void tellsForeignTablesAndViewsFromTables() {
        bench.execute("""
                CREATE FOREIGN DATA WRAPPER elsewhere; CREATE SERVER far FOREIGN DATA WRAPPER elsewhere;
                CREATE FOREIGN TABLE there (id INTEGER) SERVER far; CREATE VIEW looks AS SELECT 1 AS id""");

        refused(() -> bench.ddl().addColumnIfMissing("there", "c", "int"), "a foreign one", "ALTER FOREIGN TABLE");
        refused(() -> bench.ddl().setNotNull("looks", "id"), "a view", "CREATE OR REPLACE VIEW");
    }

    @Test
    void addsAColumnToThePartitionedTableAndNotToAPartition() throws Exception {
        bench.execute("""
                CREATE TABLE parts (id INTEGER NOT NULL, v INTEGER) PARTITION BY RANGE (id);
                CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (100); INSERT INTO parts VALUES (1, 1)""");

        refused(() -> bench.ddl().addColumnIfMissing("parts_1", "c", "int"), "public.parts_1 is a partition");
        for (var n = 0; n < 2; n++) {
            bench.ddl().addColumnIfMissing("parts", "c", "int DEFAULT 7");
            bench.ddl().addColumnIfMissing("parts_1", "c", "int");
            bench.ddl().addCheck("parts", "parts_check", "v > 0");
            bench.ddl().setNotNull("parts", "v");
            bench.ddl().setNotNull("parts_1", "c");
        }
        assertThat(bench.texts("SELECT attrelid::regclass || '.' || attname FROM pg_attribute"
                        + " WHERE attrelid::regclass::text LIKE 'parts%' AND attnotnull AND attnum > 1 ORDER BY 1"))
                .containsExactly("parts.v", "parts_1.c", "parts_1.v");
    }

    @Test
    void changesTheChildrenOfATableByInheritanceWithIt() throws Exception {
        bench.execute("CREATE TABLE child () INHERITS (plain); INSERT INTO child VALUES (1, 1)");
        for (var n = 0; n < 2; n++) {
            bench.ddl().addColumnIfMissing("plain", "c", "int DEFAULT 7");
            bench.ddl().addCheck("plain", "plain_check", "other > 0");
            bench.ddl().setNotNull("plain", "other");
        }

        assertThat(
                        bench.texts(
                                "SELECT attname FROM pg_attribute WHERE attrelid = 'child'::regclass AND attnotnull AND attnum > 1"))
                .containsExactly("other");
        assertThat(bench.texts("SELECT convalidated FROM pg_constraint WHERE conname = 'plain_check'"))
                .containsExactly("true", "true");
    }

    @Test
    void namesTheRightThatTheRoleLacksForTheTemporaryCopy() throws Exception {
        var role = "r" + UUID.randomUUID().toString().replace("-", "");
        bench.execute("CREATE ROLE " + role + "; GRANT ALL ON SCHEMA public TO " + role);
        bench.execute("ALTER TABLE plain OWNER TO " + role);
        var database = bench.texts("SELECT current_database()").get(0);
        bench.execute("REVOKE TEMPORARY ON DATABASE " + database + " FROM PUBLIC");
        own("SET ROLE " + role);
        var grant = "GRANT TEMPORARY ON DATABASE " + database + " TO " + role;
        var index = Index.named("plain_other").on("plain").columns("other");

        refused(() -> bench.ddl().addColumnIfMissing("plain", "c", "int"), grant);
        refused(() -> bench.ddl().createIndexConcurrently(index), grant);
        assertThat(bench.valid("plain_other")).isEmpty();

        bench.execute(grant);
        bench.ddl().addColumnIfMissing("plain", "c", "int");
        bench.ddl().createIndexConcurrently(index);
        assertThat(bench.valid("plain_other")).hasValue("true");
        own("RESET ROLE");
        bench.execute("DROP OWNED BY " + role + " CASCADE; DROP ROLE " + role);
    }
}

package dev.turnasync.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnasync.jdbc.Jdbc;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A column that is marked NOT NULL while not all rows were seen to have a value, as there are from PostgreSQL 18 on. The catalog of an
 * older server is made to look so.
 */
class UnvalidatedNotNullTest {

    private Bench bench;

    @BeforeEach
    void create() throws SQLException {
        bench = new Bench();
        bench.execute("""
                CREATE TABLE t (id int UNIQUE, c int);
                INSERT INTO t VALUES (1, 0), (NULL, 0);
                SET allow_system_table_mods = on;
                UPDATE pg_attribute SET attnotnull = TRUE WHERE attrelid = 't'::regclass AND attname = 'id';
                INSERT INTO pg_constraint (oid, conname, connamespace, contype, condeferrable, condeferred, convalidated,
                    conrelid, contypid, conindid, conparentid, confrelid, confupdtype, confdeltype, confmatchtype,
                    conislocal, coninhcount, connoinherit, conkey)
                SELECT 100000000, 't_id_not_null', relnamespace, 'n', FALSE, FALSE, FALSE, oid, 0, 0, 0, 0, ' ', ' ', ' ', TRUE,
                    0, FALSE, '{1}'
                FROM pg_class WHERE oid = 't'::regclass""");
    }

    @AfterEach
    void drop() throws SQLException {
        bench.close();
    }

    @Test
    void isNoKeyThatAllRowsHave() {
        assertThatThrownBy(
                        () -> bench.context().backfill().over("t").set("c = 1").run())
                .hasMessageContaining("has no unique key");
        assertThat(bench.texts("SELECT count(*) FROM t WHERE c = 1")).containsExactly("0");
    }

    /** A server that does not know such a constraint refuses to validate it. */
    @Test
    void isValidatedToBeNotNull() throws SQLException {
        assertThatThrownBy(() -> bench.ddl().setNotNull("t", "id")).hasMessageContaining("\"t_id_not_null\"");
        assertThat(bench.logs()).contains("validating the constraint t_id_not_null of public.t");
    }

    @Test
    void isSetOnceItIsValidated() throws Exception {
        Jdbc.execute(
                bench.connection(),
                "SET allow_system_table_mods = on; UPDATE pg_constraint SET convalidated = TRUE WHERE oid = 100000000");
        bench.ddl().setNotNull("t", "id");

        assertThat(bench.logs()).isEmpty();
    }
}

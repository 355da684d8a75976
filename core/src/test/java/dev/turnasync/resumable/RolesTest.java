package dev.turnasync.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.RetryPolicy;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import dev.turnasync.fixture.Script.Body;
import dev.turnasync.jdbc.Jdbc;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A worker whose login role sees few rows of a table, and migrations that take the role of somebody who sees all. */
class RolesTest {

    private static final String COUNT = "SELECT count(*) FROM t WHERE c = 1";

    private static final String USER = "INSERT INTO journal (what) VALUES (current_user)";

    private final String login = "r" + UUID.randomUUID().toString().replace("-", "");
    private final String admin = login + "a";
    private Deployment build;

    @BeforeEach
    void create() {
        build = Deployment.of();
        build.database().execute("""
                CREATE TABLE t (id int PRIMARY KEY, c int DEFAULT 0);
                INSERT INTO t SELECT n FROM generate_series(1, 1000) AS n;
                ALTER TABLE t ENABLE ROW LEVEL SECURITY;
                CREATE POLICY few ON t USING (id < 10);
                CREATE ROLE %1$s BYPASSRLS;
                CREATE ROLE %2$s LOGIN IN ROLE %1$s""".formatted(admin, login));
    }

    @AfterEach
    void drop() {
        var database = build.database();
        database.execute("DROP OWNED BY " + admin + ", " + login);
        database.execute("DROP ROLE " + admin + ", " + login);
        build.close();
    }

    /** Runs a migration; the login role may work on all tables, the other one only on those of the application. */
    private AsyncMigrations run(Body body) {
        var deployed = build.next(Script.async("1", body).inPieces());
        deployed.migrate();
        build.database().execute("""
                GRANT ALL ON ALL TABLES IN SCHEMA public TO %2$s;
                GRANT ALL ON t, journal TO %1$s;
                GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO %1$s, %2$s""".formatted(admin, login));
        return AsyncMigrations.builder(deployed.flyway())
                .dataSource(build.database().dataSourceAs(login))
                .retryPolicy(RetryPolicy.never())
                .leaveShutdownToApplication()
                .build();
    }

    @Test
    void keepsTheRoleOfTheSessionInEachTransaction() {
        Body body = context -> {
            Jdbc.execute(context.getConnection(), "SET ROLE " + admin);
            for (var n = 0; n < 3; n++) {
                var place = Integer.toString(n);
                context.inTransaction(tx -> {
                    tx.checkpoint(place);
                    Jdbc.execute(tx.connection(), USER);
                    return place;
                });
            }
            Jdbc.execute(context.getConnection(), USER);
        };
        try (var node = run(body)) {
            assertThat(node.drain().succeeded()).isEqualTo(1);
            assertThat(build.journal()).containsExactly(admin, admin, admin, admin);
        }
    }

    @Test
    void endsARoleOfOneTransactionWithIt() {
        Body body = context -> {
            for (var set : new String[] {"SET ROLE ", "SET LOCAL ROLE "}) {
                context.inTransaction(tx -> {
                    Jdbc.execute(tx.connection(), set + admin);
                    tx.checkpoint(set);
                    Jdbc.execute(tx.connection(), USER);
                    return set;
                });
                Jdbc.execute(context.getConnection(), USER);
            }
        };
        try (var node = run(body)) {
            assertThat(node.drain().succeeded()).isEqualTo(1);
            assertThat(build.journal()).containsExactly(admin, login, admin, login);
        }
    }

    @Test
    void changesAllRowsAsTheRoleThatSeesThem() {
        Body body = context -> {
            Jdbc.execute(context.getConnection(), "SET ROLE " + admin);
            context.backfill().over("t").set("c = 1").batchSize(100, 100).run();
        };
        try (var node = run(body)) {
            assertThat(node.drain().succeeded()).isEqualTo(1);
            assertThat(build.database().column(COUNT)).containsExactly(1000L);
        }
    }

    /** The sessions beside the migration's own have none of its settings. */
    @Test
    void failsWhereRowsWouldBeLeftOut() {
        Body body = context -> {
            Jdbc.execute(context.getConnection(), "SET ROLE " + admin);
            context.backfill()
                    .over("t")
                    .set("c = 1")
                    .parallelism(3)
                    .batchSize(10, 10)
                    .run();
        };
        try (var node = run(body)) {
            assertThat(node.drain().failure()).hasStackTraceContaining("row-level security policy for table \"t\"");
        }
    }

    @Test
    void failsAPostCheckThatWouldNotSeeAllRows() {
        Body body = context -> {
            Jdbc.execute(context.getConnection(), "CREATE TEMPORARY TABLE seen (id int PRIMARY KEY)");
            context.backfill()
                    .over("seen")
                    .set("id = id")
                    .verify("all rows", "SELECT count(*) < 10 FROM t")
                    .run();
        };
        try (var node = run(body)) {
            assertThat(node.drain().failure()).hasStackTraceContaining("row-level security policy for table \"t\"");
        }
    }
}

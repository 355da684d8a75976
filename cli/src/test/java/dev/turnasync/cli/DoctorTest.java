package dev.turnasync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DoctorTest {

    private static final String ENOUGH = """
                    GRANT SELECT ON async_schema_version, flyway_schema_history TO ME;
                    GRANT SELECT, INSERT, UPDATE ON async_schema_migrations, async_schema_attempts, async_schema_checkpoints,
                        async_schema_progress, async_schema_lease TO ME;
                    GRANT SELECT, INSERT, UPDATE, DELETE ON async_schema_requests TO ME;
                    GRANT SELECT, INSERT ON async_schema_actions TO ME;
                    """;

    private final Shop shop = Shop.migrated();
    private final String role = "patient_"
            + shop.database().column("SELECT current_database()::TEXT").get(0);

    @AfterEach
    void closes() {
        var there = shop.database().column("SELECT 1 FROM pg_roles WHERE rolname = ?", role);
        if (!there.isEmpty()) {
            shop.database().execute("DROP OWNED BY %1$s; DROP ROLE %1$s".formatted(role));
        }
        shop.close();
    }

    private void has(String rights) {
        shop.database().execute("CREATE ROLE %1$s LOGIN; %2$s".formatted(role, rights.replace("ME", role)));
    }

    private JsonNode examined(String name, String... options) {
        var words = new String[options.length + 2];
        words[0] = "doctor";
        words[1] = "--json";
        System.arraycopy(options, 0, words, 2, options.length);
        return StreamSupport.stream(shop.run(words).json().get("examined").spliterator(), false)
                .filter(one -> one.get("name").asText().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void findsNothingWrongWhereAllIsWell() {
        var doctor = shop.run("doctor");

        assertThat(doctor.err()).isEmpty();
        assertThat(doctor.exitCode()).isZero();
        assertThat(doctor.out())
                .contains("OK       server  PostgreSQL ")
                .contains("OK       pooler  none between")
                .contains("OK       notifications  LISTEN and NOTIFY work")
                .contains("OK       history  public.flyway_schema_history can be read")
                .contains("OK       tables  of version 1")
                .contains("OK       rights  all that workers and operators need, on 8 tables")
                .contains("OK       lease  free")
                .contains("OK       classes  not looked at: give --jar FILE")
                .contains("WARNING  clocks  this machine is ") // the clock of these tests stands still
                .contains("\n0 problems, 1 warning for public.flyway_schema_history\n");
    }

    @Test
    void tellsMachinesTheSame() {
        var answer = shop.run("doctor", "--json").json();

        assertThat(answer.fieldNames()).toIterable().containsExactly("queue", "problems", "warnings", "examined");
        assertThat(answer.get("problems").asInt()).isZero();
        assertThat(answer.get("examined")).allSatisfy(one -> {
            assertThat(one.fieldNames()).toIterable().containsExactly("name", "level", "message", "nextStep");
            assertThat(one.get("nextStep").isNull())
                    .isEqualTo(one.get("level").asText().equals("OK"));
        });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    ALTER ROLE ME SET statement_timeout = '30s'                    | timeouts | WARNING | statement_timeout = 30s
                    ALTER ROLE ME SET idle_in_transaction_session_timeout = '1s'   | timeouts | WARNING | idle_in_transaction_session_timeout = 1s
                    ALTER ROLE ME SET idle_in_transaction_session_timeout = '5min' | timeouts | OK      | none
                    ALTER ROLE ME SET default_transaction_read_only = on           | role in replication | PROBLEM | read-only by default
                    ALTER ROLE ME CONNECTION LIMIT 3                               | free connections | WARNING | 2 connections free
                    SELECT 1                                                         | session visibility | WARNING | only sessions of the same role
                    GRANT pg_monitor TO ME                                         | session visibility | WARNING | GRANT pg_signal_backend
                    GRANT pg_monitor, pg_signal_backend TO ME                      | session visibility | OK | can be seen and ended
                    SELECT 1                                                         | history  | PROBLEM | GRANT SELECT ON "public"."flyway_schema_history"
                    GRANT SELECT ON ALL TABLES IN SCHEMA public TO ME              | rights   | WARNING | lacks INSERT, UPDATE on async_schema_migrations
                    SELECT 1                                                         | rights   | PROBLEM | lacks SELECT on async_schema_version
                    GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO ME | rights | WARNING | lacks DELETE on async_schema_requests
                    REVOKE CREATE ON SCHEMA public FROM PUBLIC                       | schema   | WARNING | may not create tables in public
                    GRANT CREATE ON SCHEMA public TO ME                            | schema   | OK      | may create tables
                    """)
    void findsWhatARoleLacks(String rights, String name, String level, String told) {
        has(rights);

        var examined = examined(name, "--user", role);

        assertThat(examined.get("level").asText()).isEqualTo(level);
        assertThat(examined.get("message").asText() + " → "
                        + examined.get("nextStep").asText())
                .contains(told);
    }

    /** With exactly the rights that the doctor asks for, a worker and an operator get along. */
    @Test
    void asksForTheRightsThatAreEnough() {
        has(ENOUGH + "GRANT ALL ON obstacle, users TO ME");

        assertThat(examined("rights", "--user", role).get("level").asText()).isEqualTo("OK");
        assertThat(shop.run("pause", "2", "--reason=x", "--user", role).exitCode())
                .isZero();
        assertThat(shop.run("resume", "2", "--reason=x", "--user", role).exitCode())
                .isZero();
        assertThat(shop.run("throttle", "2", "--for=1s", "--reason=x", "--user", role)
                        .exitCode())
                .isZero();
        assertThat(shop.run("throttle", "2", "--for=0", "--reason=x", "--user", role)
                        .exitCode())
                .isZero();
        assertThat(shop.drain("--user", role).err()).doesNotContain("permission denied for table async");
    }

    /** Nobody needs them every day, so their lack is no finding. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    SELECT 1                                     | ; `retry --from-start` would also need DELETE on async_schema_checkpoints; `undo --mark-history` would also need INSERT on flyway_schema_history
                    GRANT DELETE ON async_schema_checkpoints TO ME | ; `undo --mark-history` would also need INSERT on flyway_schema_history
                    GRANT INSERT ON flyway_schema_history TO ME  | ; `retry --from-start` would also need DELETE on async_schema_checkpoints
                    GRANT DELETE ON async_schema_checkpoints TO ME; GRANT INSERT ON flyway_schema_history TO ME | ''
                    """)
    void namesTheRightsOfRareCommands(String more, String told) {
        has(ENOUGH + more);

        var rights = examined("rights", "--user", role);

        assertThat(rights.get("level").asText()).isEqualTo("OK");
        assertThat(rights.get("message").asText()).isEqualTo("all that workers and operators need, on 8 tables" + told);
    }

    @Test
    void findsTablesThatAreMissingOrTooNew() {
        shop.database().execute("INSERT INTO async_schema_version VALUES (99, 98)");
        assertThat(examined("tables").get("level").asText()).isEqualTo("PROBLEM");
        assertThat(shop.run("doctor").exitCode()).isEqualTo(1);
        try (var empty = Shop.empty()) {
            var doctor = empty.run("doctor");

            assertThat(doctor.exitCode()).isZero();
            assertThat(doctor.out())
                    .contains("WARNING  tables  there are none yet")
                    .contains("`turnasync schema apply` does it now")
                    .contains("WARNING  history  there is no public.flyway_schema_history");
        }
        assertThat(examined("schema", "--schema", "nowhere").get("level").asText())
                .isEqualTo("PROBLEM");
    }

    @Test
    void findsALeaseThatNobodyRenews() {
        shop.database().execute("UPDATE async_schema_lease SET worker = 'w1', lease_until = now() + INTERVAL '1 hour'");
        assertThat(examined("lease").get("message").asText()).contains("held and renewed by worker w1");
        shop.database().execute("UPDATE async_schema_lease SET lease_until = now() - INTERVAL '1 hour'");
        assertThat(examined("lease").get("level").asText()).isEqualTo("WARNING");
    }

    @Test
    void findsTheClasses() {
        assertThat(examined("classes", "--location", Shop.LOCATION)
                        .get("message")
                        .asText())
                .isEqualTo("3 async migrations in " + Shop.LOCATION);
        assertThat(examined("classes", "--location", "classpath:nowhere")
                        .get("level")
                        .asText())
                .isEqualTo("WARNING");
    }
}

package dev.turnasync.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.database.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SessionSettingsTest {

    private static TestDatabase database;
    private Connection connection;

    @BeforeAll
    static void create() {
        database = TestDatabase.fresh();
    }

    @AfterAll
    static void drop() {
        database.close();
    }

    @BeforeEach
    void connect() throws SQLException {
        connection = database.dataSource().getConnection();
    }

    @AfterEach
    void disconnect() throws SQLException {
        connection.close();
    }

    @ParameterizedTest
    @CsvSource({
        "role, pg_monitor",
        "search_path, pg_catalog",
        "application_name, mine",
        "statement_timeout, 12345",
        "lock_timeout, 12345",
        "idle_in_transaction_session_timeout, 12345",
        "client_connection_check_interval, 12345",
        "tcp_keepalives_idle, 77",
        "tcp_keepalives_interval, 77",
        "tcp_keepalives_count, 7",
        "TimeZone, Asia/Colombo",
        "session_replication_role, replica",
        "work_mem, 64MB",
        "maintenance_work_mem, 128MB",
        "synchronous_commit, local",
        "row_security, off",
        "enable_seqscan, off",
        "default_transaction_read_only, on",
    })
    void givesBackWhatAMigrationSet(String name, String value) throws SQLException {
        var all = settings();
        var before = SessionSettings.read(connection);
        before.prepare(connection, "turnasync:1:public.history", "public");
        set(name, value);
        assertThat(differences(all, settings()))
                .as("what the migration changed")
                .containsKey(name);

        before.restore(connection);

        assertThat(differences(all, settings())).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"pg_catalog, public", "\"$user\", public", "\"\"", "\"Odd, one\""})
    void givesBackTheSearchPathOfThePool(String path) throws SQLException {
        set("search_path", path);
        var before = SessionSettings.read(connection);
        before.prepare(connection, "turnasync:1:one.history", "one");
        assertThat(setting("search_path")).startsWith("\"one\"");

        before.restore(connection);

        assertThat(setting("search_path")).isEqualTo(path);
    }

    @Test
    void givesBackAnEmptySearchPath() throws SQLException {
        set("search_path", "");
        var before = SessionSettings.read(connection);
        before.prepare(connection, "turnasync:1:one.history", "one");
        assertThat(setting("search_path")).isEqualTo("\"one\"");

        before.restore(connection);

        assertThat(setting("search_path")).isEmpty();
    }

    @Test
    void putsTheSchemaFirstButNotTwice() throws SQLException {
        for (var path : new String[] {"one", "one, public", "\"one\", public"}) {
            set("search_path", path);
            SessionSettings.read(connection).prepare(connection, "turnasync:1:one.history", "one");

            assertThat(setting("search_path")).isEqualTo(path);
        }
    }

    @Test
    void doesNotTakeALongerNameForTheSchema() throws SQLException {
        set("search_path", "one_more, public");

        SessionSettings.read(connection).prepare(connection, "turnasync:1:one.history", "one");

        assertThat(setting("search_path")).isEqualTo("\"one\", one_more, public");
    }

    @Test
    void givesBackIsolationAndReadOnly() throws SQLException {
        var before = SessionSettings.read(connection);
        connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
        connection.setReadOnly(true);

        before.restore(connection);

        assertThat(connection.getTransactionIsolation()).isEqualTo(Connection.TRANSACTION_READ_COMMITTED);
        assertThat(connection.isReadOnly()).isFalse();
    }

    @Test
    void givesBackWhatOnlyAnotherRoleMaySet() throws SQLException {
        set("session_replication_role", "replica");
        var before = SessionSettings.read(connection);
        set("session_replication_role", "origin");
        set("role", "pg_monitor");

        before.restore(connection);

        assertThat(setting("role")).isEqualTo("none");
        assertThat(setting("session_replication_role")).isEqualTo("replica");
    }

    @Test
    void givesBackTheUserOfTheSession() throws SQLException {
        var before = SessionSettings.read(connection);
        Jdbc.execute(connection, "SET SESSION AUTHORIZATION pg_monitor");

        before.restore(connection);

        assertThat(setting("session_authorization")).isEqualTo("postgres");
    }

    /** No list of the server has them. */
    @Test
    void takesBackSettingsThatAMigrationMadeUp() throws SQLException {
        var before = SessionSettings.read(connection);
        Jdbc.execute(connection, "SET app.current_tenant = '7'");

        before.restore(connection);

        assertThat(setting("app.current_tenant")).isEmpty();
    }

    @Test
    void givesBackWhatTheConnectionHadFromItsStart() throws SQLException {
        var source = database.dataSourceAs("postgres");
        source.setOptions("-c app.current_tenant=1 -c statement_timeout=77s");
        source.setApplicationName("shop");
        try (var started = source.getConnection()) {
            Jdbc.execute(started, "SET lock_timeout = '5s'");
            var all = settings(started);
            var before = SessionSettings.read(started);
            before.prepare(started, "turnasync:1:public.history", "public");
            Jdbc.execute(started, """
                    SET app.current_tenant = '7'; SET statement_timeout = '1s'; SET lock_timeout = '1s';
                    SET extra_float_digits = 0; SET DateStyle = 'ISO, DMY'; SET client_min_messages = error""");

            before.restore(started);

            assertThat(settings(started)).isEqualTo(all);
            assertThat(Jdbc.first(started, "SELECT current_setting('app.current_tenant')", row -> row.getString(1)))
                    .hasValue("1");
        }
    }

    /** What the pool set as the user of the session, before it took a role of fewer rights. */
    @Test
    void givesBackWhatTheRoleMayNotSet() throws SQLException {
        set("session_replication_role", "replica");
        set("role", "pg_monitor");
        var before = SessionSettings.read(connection);
        Jdbc.execute(connection, "RESET ROLE");
        set("session_replication_role", "origin");

        before.restore(connection);

        assertThat(setting("role")).isEqualTo("pg_monitor");
        assertThat(setting("session_replication_role")).isEqualTo("replica");
    }

    @Test
    void dropsTemporaryTables() throws SQLException {
        var before = SessionSettings.read(connection);
        Jdbc.execute(connection, "CREATE TEMPORARY TABLE journal (n int)");

        before.restore(connection);

        assertThat(Jdbc.first(connection, "SELECT to_regclass('pg_temp.journal') IS NULL", row -> row.getBoolean(1)))
                .hasValue(true);
    }

    @Test
    void preparesASessionForALongRun() throws SQLException {
        SessionSettings.read(connection).prepare(connection, "turnasync:1:public.history", "public");

        assertThat(setting("application_name")).isEqualTo("turnasync:1:public.history");
        assertThat(setting("idle_in_transaction_session_timeout")).isEqualTo("10min");
        assertThat(setting("client_connection_check_interval")).isEqualTo("5s");
        assertThat(setting("tcp_keepalives_idle")).isEqualTo("30");
    }

    private void set(String name, String value) throws SQLException {
        Jdbc.list(connection, "SELECT set_config(?, ?, FALSE)", row -> true, name, value);
    }

    private String setting(String name) throws SQLException {
        return Jdbc.first(connection, "SELECT current_setting(?)", row -> row.getString(1), name)
                .orElseThrow();
    }

    /** Every setting of the session but those of its transaction. */
    private Map<String, String> settings() throws SQLException {
        return settings(connection);
    }

    private static Map<String, String> settings(Connection connection) throws SQLException {
        var settings = new TreeMap<String, String>();
        Jdbc.list(connection, """
                SELECT name, setting FROM pg_settings WHERE setting <> '' AND name NOT LIKE 'transaction%'
                UNION ALL SELECT 'role', current_setting('role')
                UNION ALL SELECT 'user', current_user""", row -> settings.put(row.getString(1), row.getString(2)));
        return settings;
    }

    private static Map<String, String> differences(Map<String, String> before, Map<String, String> after) {
        var changed = new TreeMap<>(after);
        changed.entrySet().removeAll(before.entrySet());
        return changed;
    }
}

package dev.turnasync.database;

import static org.awaitility.Awaitility.await;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.postgresql.ds.PGSimpleDataSource;

/** The server that all tests of this JVM share. It starts with the first database and ends with the JVM. */
final class TestServer {

    private static final EmbeddedPostgres POSTGRES = start();

    /** Copying files is faster than the default, which logs every page; before PostgreSQL 15 it is the only way. */
    private static final String COPYING = version() < 150_000 ? "" : " STRATEGY file_copy";

    private static final Map<String, String> TEMPLATES = new ConcurrentHashMap<>();

    private TestServer() {}

    private static EmbeddedPostgres start() {
        var options = EmbeddedPostgres.builder()
                .setPGStartupWait(Duration.ofMinutes(5))
                .setLocaleConfig("locale", "C")
                .setServerConfig("max_connections", "200")
                .setServerConfig("fsync", "off")
                .setServerConfig("full_page_writes", "off")
                .setServerConfig("max_wal_size", "256MB")
                .setServerConfig("autovacuum", "off");
        RamDisk.newDirectory().ifPresent(options::setDataDirectory);
        try {
            return options.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Creates a copy of the database that was prepared under this name, once for this JVM, and returns its name. */
    static String create(String template, Consumer<TestDatabase> preparation) {
        return copyOf(TEMPLATES.computeIfAbsent(template, key -> prepare(preparation)), COPYING);
    }

    private static String prepare(Consumer<TestDatabase> preparation) {
        var database = new TestDatabase(copyOf("template1", ""));
        preparation.accept(database);
        await().until(() -> database.query("SELECT 1 FROM pg_stat_activity WHERE datname = current_database()")
                        .size()
                == 1);
        return database.name();
    }

    /** Creates an empty database with another encoding than UTF-8, and returns its name. */
    static String createEncoded(String encoding) {
        return copyOf("template0", " LC_COLLATE 'C' LC_CTYPE 'C' ENCODING '" + encoding + "'");
    }

    /** Creates an empty database whose text is ordered by ICU, from version 15 on, and returns its name. */
    static String createOrderedByIcu() {
        return copyOf("template0", " LOCALE_PROVIDER icu ICU_LOCALE 'en' LC_COLLATE 'C' LC_CTYPE 'C' ENCODING 'UTF8'");
    }

    private static String copyOf(String template, String how) {
        var name = "test_" + UUID.randomUUID().toString().replace("-", "");
        execute("CREATE DATABASE " + name + " TEMPLATE " + template + how);
        return name;
    }

    /** Drops a database, whoever is connected to it; the server itself waits five seconds for them to leave. */
    static void drop(String name) {
        await().ignoreExceptionsMatching(TestServer::isInUse).until(() -> {
            execute("DROP DATABASE " + name + " WITH (FORCE)");
            return true;
        });
    }

    private static boolean isInUse(Throwable error) {
        return error.getCause() instanceof SQLException cause && "55006".equals(cause.getSQLState());
    }

    private static int version() {
        return Integer.parseInt((String)
                new TestDatabase("postgres").column("SHOW server_version_num").get(0));
    }

    private static void execute(String sql) {
        try (var connection = connectTo("postgres", "postgres").getConnection();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    static PGSimpleDataSource connectTo(String database, String role) {
        var source = new PGSimpleDataSource();
        source.setServerNames(new String[] {"localhost"});
        source.setPortNumbers(new int[] {POSTGRES.getPort()});
        source.setDatabaseName(database);
        source.setUser(role);
        source.setTcpKeepAlive(true);
        return source;
    }
}

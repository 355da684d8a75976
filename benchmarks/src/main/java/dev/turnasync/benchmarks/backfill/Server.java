package dev.turnasync.benchmarks.backfill;

import com.zaxxer.hikari.HikariDataSource;
import dev.turnasync.jdbc.Jdbc;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import javax.sql.DataSource;

/**
 * An embedded PostgreSQL that keeps what it commits, unlike the one of the tests, and a fresh database with the same table for each
 * measurement: a copy of a template's files, read into memory, behind a checkpoint.
 */
final class Server implements AutoCloseable {

    /** What differs from PostgreSQL's defaults, or from those of the embedded one, which are made for tests. */
    private static final Map<String, String> SETTINGS = new LinkedHashMap<>();

    static {
        SETTINGS.put("fsync", "on");
        SETTINGS.put("synchronous_commit", "on");
        SETTINGS.put("full_page_writes", "on");
        SETTINGS.put("shared_buffers", "512MB");
        SETTINGS.put("max_wal_size", "4GB");
        SETTINGS.put("min_wal_size", "2GB");
        SETTINGS.put("checkpoint_timeout", "15min");
        SETTINGS.put("autovacuum", "off");
    }

    private final EmbeddedPostgres postgres;
    private final Set<Long> templates = new HashSet<>();
    private int databases;

    private Server(EmbeddedPostgres postgres) {
        this.postgres = postgres;
    }

    static Server start() throws IOException {
        var builder = EmbeddedPostgres.builder();
        SETTINGS.forEach(builder::setServerConfig);
        return new Server(builder.start());
    }

    static String settings() {
        return SETTINGS.entrySet().stream()
                .map(setting -> "`" + setting.getKey() + " = " + setting.getValue() + "`")
                .collect(Collectors.joining(", "));
    }

    String version() throws SQLException {
        return read("SELECT split_part(version(), ' on ', 1)");
    }

    /** A database with a fresh copy of the table; dropped when it is closed. */
    final class Database implements AutoCloseable {

        private final String name;
        private final HikariDataSource pool = new HikariDataSource();

        private Database(String name) {
            this.name = name;
            pool.setJdbcUrl(url());
            pool.setMaximumPoolSize(8);
            pool.setMinimumIdle(4);
        }

        String url() {
            return postgres.getJdbcUrl("postgres", name);
        }

        /** A connection beside the pool, which is the worker's. */
        Connection connect() throws SQLException {
            return postgres.getDatabase("postgres", name).getConnection();
        }

        DataSource pool() {
            return pool;
        }

        /** Fails unless every row was filled in, and rightly. */
        void requireFilled() throws SQLException {
            try (var connection = pool.getConnection()) {
                var wrong = Jdbc.first(
                        connection,
                        "SELECT count(*) FROM people WHERE domain IS DISTINCT FROM split_part(email, '@', 2)",
                        row -> row.getLong(1));
                if (wrong.orElse(-1L) != 0) {
                    throw new IllegalStateException(wrong + " rows of " + name + " are wrong");
                }
            }
        }

        @Override
        public void close() throws SQLException {
            pool.close();
            run("DROP DATABASE " + name + " WITH (FORCE)");
        }
    }

    /** Returns a database with a table of so many rows, ready to be measured. */
    Database fresh(long rows) throws SQLException {
        template(rows);
        var database = new Database("bench_" + ++databases);
        run("CREATE DATABASE " + database.name + " TEMPLATE people_" + rows + " STRATEGY file_copy");
        try (var connection = database.pool().getConnection()) {
            Jdbc.list(connection, "SELECT pg_prewarm('people'), pg_prewarm('people_pkey')", row -> true);
            Jdbc.execute(connection, "CHECKPOINT");
        }
        return database;
    }

    /** Drops a template that is not needed any more. */
    void forget(long rows) throws SQLException {
        if (templates.remove(rows)) {
            run("DROP DATABASE people_" + rows);
        }
    }

    private void template(long rows) throws SQLException {
        if (!templates.add(rows)) {
            return;
        }
        run("CREATE DATABASE people_" + rows);
        try (var connection = postgres.getDatabase("postgres", "people_" + rows).getConnection()) {
            Jdbc.execute(connection, "CREATE EXTENSION pg_prewarm");
            Jdbc.execute(connection, """
                    CREATE TABLE people (
                        id         BIGINT NOT NULL,
                        email      TEXT NOT NULL,
                        domain     TEXT,
                        name       TEXT NOT NULL,
                        country    TEXT NOT NULL,
                        created_at TIMESTAMPTZ NOT NULL,
                        note       TEXT NOT NULL)""");
            Jdbc.update(connection, """
                    INSERT INTO people (id, email, name, country, created_at, note)
                    SELECT n, 'user' || n || '@' || n * 7919 % 1000 || '.example.com', 'Name of ' || n,
                        chr(65 + (n % 26)::int) || chr(65 + (n % 7)::int),
                        TIMESTAMPTZ '2020-01-01' + n * INTERVAL '1 minute', repeat(md5(n::text), 2)
                    FROM generate_series(1, ?) AS n""", rows);
            Jdbc.execute(connection, "ALTER TABLE people ADD PRIMARY KEY (id)");
            Jdbc.execute(connection, "VACUUM (ANALYZE, FREEZE) people");
        }
    }

    private String read(String sql) throws SQLException {
        try (var connection = postgres.getPostgresDatabase().getConnection()) {
            return Jdbc.first(connection, sql, row -> row.getString(1)).orElseThrow();
        }
    }

    private void run(String sql) throws SQLException {
        try (var connection = postgres.getPostgresDatabase().getConnection()) {
            Jdbc.execute(connection, sql);
        }
    }

    @Override
    public void close() throws IOException {
        postgres.close();
    }
}

package dev.turnasync.jdbc;

import dev.turnasync.api.SchemaMismatchException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Creates and upgrades TurnAsync's own tables. Upgrades only add: a program of an older version, down to
 * {@code compatibleFrom}, works on beside them, since every statement names its columns.
 *
 * <p>How {@link #ensure} works, on whatever transaction the connection is in:
 *
 * <ol>
 *   <li>Look in the catalog; when the tables are there in this version or a newer compatible one, do nothing.
 *   <li>Take a transaction-level advisory lock on the schema, so that two that create at once take turns.
 *   <li>Look again, and run the missing scripts in order.
 * </ol>
 */
final class QueueSchema {

    /** A step from one version of the tables to the next. */
    record Script(int version, int compatibleFrom, String sql) {}

    private final String schema;
    private final List<Script> scripts;

    QueueSchema(String schema) {
        this(schema, List.of(new Script(1, 1, resource("V1__async_schema_migrations.sql"))));
    }

    QueueSchema(String schema, List<Script> scripts) {
        this.schema = schema;
        this.scripts = List.copyOf(scripts);
    }

    /** The version and compatibility of the tables found; both 0 when there are none. */
    record Installed(int version, int compatibleFrom) {
        static final Installed NONE = new Installed(0, 0);
    }

    /** Creates or upgrades the tables if needed; refuses tables that are too new. */
    void ensure(Connection connection) throws SQLException {
        var found = verify(connection);
        if (found.version() >= current()) {
            return;
        }
        try {
            Jdbc.first(
                    connection,
                    "SELECT pg_advisory_xact_lock(hashtextextended('turnasync:' || ?, 0))",
                    row -> true,
                    schema);
            upgrade(connection, verify(connection));
        } catch (SQLException e) {
            if ("42501".equals(e.getSQLState())) {
                throw new SchemaMismatchException(missingRight(connection, found), e);
            }
            throw e;
        }
    }

    /** Reads which version is installed; refuses tables that are too new for this program. */
    Installed verify(Connection connection) throws SQLException {
        requirePostgresql(connection);
        var installed = installed(connection);
        if (installed.compatibleFrom() > current()) {
            throw new SchemaMismatchException(
                    "TurnAsync's tables in schema " + schema + " are of version " + installed.version()
                            + " and need a program that knows version " + installed.compatibleFrom()
                            + "; this one knows " + current() + ". Upgrade TurnAsync on this node.",
                    null);
        }
        return installed;
    }

    private void upgrade(Connection connection, Installed installed) throws SQLException {
        for (var statements : missing(installed)) {
            Jdbc.execute(connection, statements);
        }
    }

    /** What is to be run, in this order, to come from an installed version to the current one; with the schema's name in it. */
    List<String> missing(Installed installed) {
        var quoted = QueueName.quote(schema);
        var statements = new ArrayList<String>();
        if (installed.version() == 0) {
            statements.add("""
                    -- Which version the tables are of.
                    CREATE TABLE ${schema}.async_schema_version (
                        version         INTEGER     NOT NULL PRIMARY KEY,
                        compatible_from INTEGER     NOT NULL,
                        installed_at    TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
                    );
                    """.replace("${schema}", quoted));
        }
        for (var script : scripts) {
            if (script.version() > installed.version()) {
                statements.add(script.sql().replace("${schema}", quoted));
                statements.add("INSERT INTO " + quoted + ".async_schema_version (version, compatible_from) VALUES ("
                        + script.version() + ", " + script.compatibleFrom() + ");");
            }
        }
        return List.copyOf(statements);
    }

    private Installed installed(Connection connection) throws SQLException {
        var present = Jdbc.first(connection, """
                SELECT EXISTS (
                    SELECT 1
                    FROM pg_catalog.pg_class c
                    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                    WHERE n.nspname = ? AND c.relname = 'async_schema_version')""", row -> row.getBoolean(1), schema);
        if (!present.orElse(false)) {
            return Installed.NONE;
        }
        return Jdbc.first(
                        connection,
                        "SELECT version, compatible_from FROM " + QueueName.quote(schema)
                                + ".async_schema_version ORDER BY version DESC LIMIT 1",
                        row -> new Installed(row.getInt(1), row.getInt(2)))
                .orElse(Installed.NONE);
    }

    int current() {
        return scripts.get(scripts.size() - 1).version();
    }

    private String missingRight(Connection connection, Installed found) throws SQLException {
        var user = connection.getMetaData().getUserName();
        if (found.version() > 0) {
            return "TurnAsync's tables in schema " + schema + " are of version " + found.version() + ", and user "
                    + user + " may not upgrade them to " + current() + ". Let their owner run the migrate.";
        }
        return "TurnAsync's tables are missing in schema " + schema + ", and user " + user
                + " may not create them. Grant it CREATE on the schema, or let an owner of the schema run the migrate.";
    }

    static void requirePostgresql(Connection connection) throws SQLException {
        var product = connection.getMetaData().getDatabaseProductName();
        if (!product.toLowerCase(Locale.ROOT).contains("postgresql")) {
            throw new SchemaMismatchException(
                    "TurnAsync queues on PostgreSQL; this is " + product + " "
                            + connection.getMetaData().getDatabaseProductVersion()
                            + ". Set turnasync.mode=inline to let migrate run async migrations itself here.",
                    null);
        }
    }

    private static String resource(String name) {
        var path = "/dev/turnasync/schema/postgresql/" + name;
        try (var in = QueueSchema.class.getResourceAsStream(path)) {
            if (in == null) {
                throw new IllegalStateException("TurnAsync's jar is incomplete: " + path + " is missing");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

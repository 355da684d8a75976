package dev.turnasync.jdbc;

import dev.turnasync.api.QueueReport.Examined;
import java.sql.Connection;
import java.sql.SQLException;

/** What the {@link Doctor} asks of the server. */
final class ServerExamination {

    private static final int OLDEST = 140_000;

    /** Workers take up to three connections each, and a deploy and a person come on top. */
    private static final int FEW = 5;

    Examined version(Connection connection) throws SQLException {
        var product = connection.getMetaData().getDatabaseProductName() + " "
                + connection.getMetaData().getDatabaseProductVersion();
        var number = Jdbc.first(connection, "SHOW server_version_num", row -> row.getInt(1))
                .orElse(0);
        return number >= OLDEST
                ? Doctor.ok("server", product)
                : Doctor.problem("server", product + " is too old", "upgrade to PostgreSQL 14 or newer");
    }

    Examined standby(Connection connection) throws SQLException {
        var standby = Jdbc.first(connection, "SELECT pg_is_in_recovery()", row -> row.getBoolean(1))
                .orElse(false);
        if (standby) {
            return Doctor.problem(
                    "role in replication",
                    "this server is a standby: it can be read, but nothing can be queued or run",
                    "connect to the primary, for example with targetServerType=primary in the URL");
        }
        var readOnly = Jdbc.first(connection, "SHOW transaction_read_only", row -> row.getString(1))
                .orElse("off");
        return readOnly.equals("on")
                ? Doctor.problem(
                        "role in replication",
                        "transactions of this user are read-only by default",
                        "set default_transaction_read_only = off for the role, or use another one")
                : Doctor.ok("role in replication", "a primary, open for writing");
    }

    Examined freeConnections(Connection connection) throws SQLException {
        return Jdbc.first(connection, """
                        SELECT current_setting('max_connections')::INTEGER AS most,
                            LEAST(
                                current_setting('max_connections')::INTEGER
                                    - current_setting('superuser_reserved_connections')::INTEGER
                                    - COALESCE(current_setting('reserved_connections', TRUE)::INTEGER, 0)
                                    - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
                                (SELECT CASE WHEN d.datconnlimit < 0 THEN 1000000 ELSE d.datconnlimit
                                        - (SELECT count(*) FROM pg_stat_activity a WHERE a.datname = d.datname) END
                                    FROM pg_database d WHERE d.datname = current_database()),
                                (SELECT CASE WHEN r.rolconnlimit < 0 THEN 1000000 ELSE r.rolconnlimit
                                        - (SELECT count(*) FROM pg_stat_activity a WHERE a.usename = r.rolname) END
                                    FROM pg_roles r WHERE r.rolname = session_user)) AS free""", row -> {
                    var free = row.getLong("free");
                    var told = free + " connections free for this user, of max_connections = " + row.getInt("most");
                    return free >= FEW
                            ? Doctor.ok("free connections", told)
                            : Doctor.warning(
                                    "free connections",
                                    told + "; a worker needs two, and one more to listen",
                                    "raise max_connections or the limit of the role or database, or make pools smaller");
                })
                .orElseThrow();
    }
}

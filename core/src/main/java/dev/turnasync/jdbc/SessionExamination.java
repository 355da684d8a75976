package dev.turnasync.jdbc;

import dev.turnasync.api.QueueReport.Examined;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;

/** What the {@link Doctor} asks of the session and the network behind it. */
final class SessionExamination {

    private static final String CHANNEL = "turnasync_doctor";
    private static final int PATIENCE_MILLIS = 2_000;
    private static final Duration LARGEST_DIFFERENCE = Duration.ofSeconds(5);
    private static final Duration USUAL_LEASE = Duration.ofSeconds(30);

    Examined pooler(Connection connection) throws SQLException {
        return PostgresDriver.isPooled(connection)
                ? Doctor.warning(
                        "pooler",
                        "a pooler stands between this machine and the server: settings are made in each transaction,"
                                + " and a dead worker is noticed later",
                        "nothing for workers; give listenDataSource a way around the pooler, and Flyway, too")
                : Doctor.ok("pooler", "none between this machine and the server");
    }

    Examined deadClients(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        try {
            Jdbc.list(connection, "SELECT set_config('client_connection_check_interval', '5s', TRUE)", row -> true);
            return Doctor.ok("dead clients", "the server notices within seconds (client_connection_check_interval)");
        } catch (SQLException e) {
            return Doctor.warning(
                    "dead clients",
                    "the server notices a dead client only when its statement ends: " + e.getMessage(),
                    "run the server on Linux or macOS for client_connection_check_interval; else takeovers from"
                            + " machines that died take longer");
        }
    }

    Examined keepalive(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        var idle = Jdbc.first(connection, """
                        SELECT set_config('tcp_keepalives_idle', '30', TRUE) AS asked,
                            current_setting('tcp_keepalives_idle') AS idle, inet_client_addr() IS NULL AS local""", row -> row.getBoolean("local") ? "local" : row.getString("asked"))
                .orElse("0");
        return switch (idle) {
            case "local" -> Doctor.ok("keepalive", "not needed: a local connection without a network");
            case "0" ->
                Doctor.warning(
                        "keepalive",
                        "the server's system does not allow TCP keepalive for a session",
                        "set tcp_keepalives_idle on the server, or firewalls may forget connections of long statements");
            default -> Doctor.ok("keepalive", "runs ask for TCP keepalive after 30 s");
        };
    }

    Examined timeouts(Connection connection) throws SQLException {
        var set = Jdbc.list(connection, """
                SELECT name, current_setting(name) AS value
                FROM pg_settings
                WHERE setting <> '0' AND (
                    name IN ('statement_timeout', 'transaction_timeout')
                    OR name = 'idle_in_transaction_session_timeout' AND setting::BIGINT < 60000)
                ORDER BY name""", row -> row.getString("name") + " = " + row.getString("value"));
        return set.isEmpty()
                ? Doctor.ok("timeouts", "none that would end a long migration")
                : Doctor.warning(
                        "timeouts",
                        "sessions of this user begin with " + String.join(", ", set)
                                + ", which would end what takes longer",
                        "give workers a role without: ALTER ROLE … SET "
                                + set.get(0).replaceFirst(" = .*", " = 0"));
    }

    Examined notifications(Connection connection) throws SQLException {
        var heard = List.<String>of();
        var token = Jdbc.first(connection, "SELECT gen_random_uuid()::TEXT", row -> row.getString(1))
                .orElse("");
        try {
            Jdbc.execute(connection, "LISTEN " + CHANNEL);
            Jdbc.list(connection, "SELECT pg_notify(?, ?)", row -> true, CHANNEL, token);
            heard = PostgresDriver.notifications(connection, PATIENCE_MILLIS);
            Jdbc.execute(connection, "UNLISTEN " + CHANNEL);
        } catch (SQLException e) {
            if (ErrorReports.isConnectionLost(e)) {
                throw e;
            }
            return unheard(": " + e.getMessage());
        }
        return heard.contains(token)
                ? Doctor.ok("notifications", "LISTEN and NOTIFY work on this connection")
                : unheard("");
    }

    private static Examined unheard(String why) {
        return Doctor.warning(
                "notifications",
                "LISTEN hears nothing on this connection" + why,
                "give listenDataSource a direct connection; without one, workers look every few seconds");
    }

    Examined visibility(Connection connection) throws SQLException {
        var missing = Jdbc.first(
                        connection,
                        """
                        SELECT pg_has_role(session_user, 'pg_read_all_stats', 'USAGE') AS sees,
                            pg_has_role(session_user, 'pg_signal_backend', 'USAGE') AS ends""",
                        row -> Stream.of(
                                        row.getBoolean("sees") ? "" : "pg_read_all_stats",
                                        row.getBoolean("ends") ? "" : "pg_signal_backend")
                                .filter(role -> !role.isEmpty())
                                .toList())
                .orElseThrow();
        return missing.isEmpty()
                ? Doctor.ok("session visibility", "sessions of other roles can be seen and ended")
                : Doctor.warning(
                        "session visibility",
                        "only sessions of the same role can be seen and ended; others that block, or that a frozen"
                                + " worker of another role left, cannot",
                        "run all workers as one role, or GRANT " + String.join(", ", missing) + " to it");
    }

    /** Workers that are not told otherwise have a lease of 30 s. */
    Examined roundTrip(Connection connection) throws SQLException {
        var trip = RoundTrips.measure(connection);
        var told = trip + ", so leases must last at least " + trip.leaseNeeded().toSeconds() + " s";
        return trip.suits(USUAL_LEASE)
                ? Doctor.ok("round trip", told)
                : Doctor.warning(
                        "round trip",
                        told,
                        "set leaseFor to that where workers are built, or run them nearer to the database");
    }

    Examined clocks(Connection connection, InstantSource clock) throws SQLException {
        var before = clock.instant();
        var theirs = Jdbc.first(connection, "SELECT clock_timestamp() AS now", row -> Jdbc.instant(row, "now"))
                .orElseThrow();
        var after = clock.instant();
        var ours = before.plus(Duration.between(before, after).dividedBy(2));
        var difference = Duration.between(theirs, ours);
        var told = "this machine is " + difference.abs().toMillis() + " ms "
                + (difference.isNegative() ? "behind" : "ahead of") + " the database";
        return difference.abs().compareTo(LARGEST_DIFFERENCE) <= 0
                ? Doctor.ok("clocks", told)
                : Doctor.warning(
                        "clocks",
                        told + "; only times that are shown here are wrong by that, for the database's clock decides",
                        "synchronize the clocks");
    }
}

package dev.turnasync.jdbc;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.QueueReport.Examined;
import dev.turnasync.api.QueueReport.Level;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Examines what a queue needs around it: the server, the network between, the rights of this user, the tables, the clocks.
 * Changes nothing; sends one notification on a channel of its own. Safe for use by many threads.
 */
public final class Doctor {

    /** One examination. */
    @FunctionalInterface
    private interface Examination {
        Examined of(Connection connection) throws SQLException;
    }

    private final DataSource dataSource;
    private final QueueName name;
    private final InstantSource clock;

    /**
     * Creates a doctor.
     *
     * @param dataSource where workers or operators get their connections
     * @param name which queue
     * @param clock this machine's clock, which is compared with the database's
     */
    public Doctor(DataSource dataSource, QueueName name, InstantSource clock) {
        this.dataSource = dataSource;
        this.name = name;
        this.clock = clock;
    }

    /**
     * Examines everything. What goes wrong in one examination is its result, and the others go on.
     *
     * @return the results, in a fixed order
     * @throws AsyncMigrationException if the database cannot be reached
     */
    public List<Examined> examine() {
        try (var connection = dataSource.getConnection()) {
            return examine(connection);
        } catch (SQLException e) {
            throw new AsyncMigrationException("could not examine the database: " + e.getMessage(), e);
        }
    }

    private List<Examined> examine(Connection connection) throws SQLException {
        var results = new ArrayList<Examined>();
        var server = new ServerExamination();
        var session = new SessionExamination();
        var rights = new RightsExamination(name);
        results.add(one(connection, "server", server::version));
        results.add(one(connection, "role in replication", server::standby));
        results.add(one(connection, "free connections", server::freeConnections));
        results.add(one(connection, "pooler", session::pooler));
        results.add(one(connection, "round trip", session::roundTrip));
        results.add(one(connection, "dead clients", session::deadClients));
        results.add(one(connection, "keepalive", session::keepalive));
        results.add(one(connection, "timeouts", session::timeouts));
        results.add(one(connection, "notifications", session::notifications));
        results.add(one(connection, "session visibility", session::visibility));
        results.add(one(connection, "clocks", current -> session.clocks(current, clock)));
        results.add(one(connection, "history", rights::history));
        results.add(one(connection, "tables", rights::tables));
        results.add(one(connection, "schema", rights::schema));
        results.addAll(rights.eachTable(connection));
        results.add(one(connection, "lease", rights::lease));
        return List.copyOf(results);
    }

    private static Examined one(Connection connection, String name, Examination examination) throws SQLException {
        try {
            return examination.of(connection);
        } catch (SQLException e) {
            if (ErrorReports.isConnectionLost(e)) {
                throw e;
            }
            return problem(name, "could not be examined: " + e.getMessage(), "grant what is missing and ask again");
        } finally {
            if (!connection.isClosed() && !connection.getAutoCommit()) {
                connection.rollback();
                connection.setAutoCommit(true);
            }
        }
    }

    static Examined ok(String name, String message) {
        return new Examined(name, Level.OK, message, null);
    }

    static Examined warning(String name, String message, @Nullable String nextStep) {
        return new Examined(name, Level.WARNING, message, nextStep);
    }

    static Examined problem(String name, String message, String nextStep) {
        return new Examined(name, Level.PROBLEM, message, nextStep);
    }
}

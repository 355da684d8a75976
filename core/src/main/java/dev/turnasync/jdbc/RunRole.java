package dev.turnasync.jdbc;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * The role of a run's transactions. The queue's own statements have the role of before the run; a migration's have the one that it set
 * for its session, in each transaction anew. One that is set inside a transaction ends with it. For use by one thread.
 */
final class RunRole {

    private final Connection connection;
    private final String own;
    private String session;

    RunRole(Connection connection, String own) {
        this.connection = connection;
        this.own = own;
        this.session = own;
    }

    /** Notes at the begin of a transaction which role the session has, and takes the queue's. */
    void begin() throws SQLException {
        session = takeOwn();
    }

    /** Gives the migration the role that its session has. */
    void giveBack() throws SQLException {
        if (!session.equals(own)) {
            Jdbc.list(connection, "SELECT set_config('role', ?, TRUE)", row -> true, session);
        }
    }

    /**
     * Lets the session go on with the role that it had at the begin, once the transaction has ended with the queue's.
     *
     * @return the transaction that is open; -1 when it has changed nothing
     */
    long end() throws SQLException {
        return Jdbc.first(connection, """
                        SELECT COALESCE(txid_current_if_assigned(), -1), set_config('role', ?, FALSE), set_config('role', ?, TRUE)""", row -> row.getLong(1), session, own).orElse(-1L);
    }

    /** Takes the queue's role; returns the one before. */
    private String takeOwn() throws SQLException {
        // OFFSET keeps the server from reading the role after it was set.
        return Jdbc.first(connection, """
                        SELECT now.role, set_config('role', ?, TRUE)
                        FROM (SELECT current_setting('role') AS role OFFSET 0) AS now""", row -> row.getString(1), own).orElse(own);
    }
}

package dev.turnasync.flyway;

import dev.turnasync.jdbc.FencedSession;
import dev.turnasync.jdbc.QueueName;
import dev.turnasync.spi.Claim;
import java.sql.SQLException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;

/**
 * The sessions beside a run's own. They end with the run: one that is left open is closed, and one that broke, and may still be at
 * work on the server, is remembered. Safe for use by many threads.
 */
final class Forks {

    private static final System.Logger LOG = System.getLogger(Forks.class.getName());

    private final DataSource dataSource;
    private final QueueName name;
    private final Set<FencedSession> open = ConcurrentHashMap.newKeySet();
    private volatile boolean broken;

    Forks(DataSource dataSource, QueueName name) {
        this.dataSource = dataSource;
        this.name = name;
    }

    FencedSession open(Claim claim) throws SQLException {
        var session = FencedSession.open(dataSource, name);
        open.add(session);
        try {
            session.prepareFork(claim);
            return session;
        } catch (SQLException | RuntimeException e) {
            close(session);
            throw e;
        }
    }

    /** Gives a session back as it was; one that cannot be is aborted, so that no pool hands it out with the run's label. */
    void close(FencedSession session) {
        if (!open.remove(session)) {
            return;
        }
        try {
            session.reset();
        } catch (SQLException | RuntimeException e) {
            LOG.log(System.Logger.Level.DEBUG, "a fork's session broke", e);
            broken = true;
            session.abort();
        }
        try {
            session.close();
        } catch (SQLException | RuntimeException e) {
            LOG.log(System.Logger.Level.DEBUG, "a fork's session was broken when it was closed", e);
        }
    }

    void abort() {
        open.forEach(FencedSession::abort);
    }

    /** Ends the forks of a run. Returns whether one of them broke. Never throws. */
    boolean end() {
        try {
            open.forEach(this::close);
        } catch (Error e) {
            abort();
            broken = true;
        }
        return broken;
    }
}

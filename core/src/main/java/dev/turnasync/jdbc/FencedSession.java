package dev.turnasync.jdbc;

import dev.turnasync.api.LeaseLostException;
import dev.turnasync.spi.Claim;
import dev.turnasync.spi.Settlement;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Objects;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The database session in which a claimed migration runs. Each of its transactions begins with the {@link Fence}: while it is open
 * nobody can take the lease over; once somebody has, none can begin. For use by one thread.
 */
public final class FencedSession implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(FencedSession.class.getName());

    private final Connection connection;
    private final QueueName name;
    private final QueueSql sql;
    private final Fence fence;
    private final CheckpointRows checkpoints;
    private final SessionSettings before;
    private final RunRole role;
    private @Nullable LentConnection loan;
    private long transaction;
    private @Nullable String heldBy;

    private FencedSession(Connection connection, QueueName name) throws SQLException {
        this.connection = connection;
        this.name = name;
        this.sql = new QueueSql(name);
        this.fence = new Fence(name);
        this.checkpoints = new CheckpointRows(name);
        this.before = SessionSettings.read(connection);
        this.role = new RunRole(connection, before.role());
    }

    /**
     * Opens a session.
     *
     * @param dataSource where its connection comes from
     * @param name which queue
     * @return the session
     * @throws SQLException if there is no connection to be had
     */
    public static FencedSession open(DataSource dataSource, QueueName name) throws SQLException {
        var connection = dataSource.getConnection();
        try {
            return new FencedSession(connection, name);
        } catch (SQLException e) {
            // A pool may hand out a connection that has died; closing it makes the pool drop it.
            LOG.log(System.Logger.Level.DEBUG, "a connection was broken from the start; taking another", e);
            connection.close();
            connection = dataSource.getConnection();
        }
        try {
            return new FencedSession(connection, name);
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    /**
     * Makes the session ready for a migration: its name in {@code pg_stat_activity}, the search path as Flyway sets it,
     * timeouts.
     *
     * @param claim the claim
     * @throws SQLException if the database refuses
     * @throws LeaseLostException if the database knows nothing of the claim
     */
    public void prepare(Claim claim) throws SQLException {
        prepareFork(claim);
        if (Jdbc.update(connection, sql.noteSession(), claim.entry().id(), claim.attempt(), claim.token()) != 1) {
            throw lost(claim, "before it ran " + claim.entry().label());
        }
    }

    /**
     * Makes the session ready for work beside the run's own session, under the same name in {@code pg_stat_activity}.
     *
     * @param claim the claim
     * @throws SQLException if the database refuses
     */
    public void prepareFork(Claim claim) throws SQLException {
        loan = new LentConnection(connection, claim);
        connection.setAutoCommit(true);
        before.prepare(connection, SessionLabel.of(name, claim.token()), name.schema());
    }

    /**
     * Returns the raw connection.
     *
     * @return the connection
     */
    public Connection connection() {
        return connection;
    }

    /**
     * Returns the connection as the migration's body gets it.
     *
     * @return that of the last {@link #prepare}
     */
    public LentConnection loan() {
        return Objects.requireNonNull(loan);
    }

    /**
     * Begins a transaction behind the fence.
     *
     * @param claim the claim
     * @return false when an operator asked the run to end, so that no transaction was begun
     * @throws SQLException if the database refuses
     * @throws LeaseLostException if the lease was taken over
     */
    public boolean begin(Claim claim) throws SQLException {
        var begun = false;
        connection.setAutoCommit(false);
        try {
            begun = beginFenced(claim);
            return begun;
        } finally {
            if (!begun) {
                connection.rollback();
                connection.setAutoCommit(true);
            }
        }
    }

    private boolean beginFenced(Claim claim) throws SQLException {
        role.begin();
        var asked = fence.take(connection, claim);
        if (asked.isEmpty()) {
            throw lost(claim, "while it ran " + claim.entry().label() + "; nothing more is committed");
        }
        heldBy = asked.get().heldBy();
        if (asked.get().toEnd()) {
            return false;
        }
        before.prepareTransaction(connection, name.schema());
        role.giveBack();
        transaction = asked.get().transaction();
        return true;
    }

    /**
     * Returns who held the run's pace down when the last transaction began, why and until when.
     *
     * @return null when nobody did
     */
    public @Nullable String heldBy() {
        return heldBy;
    }

    /**
     * Tells whether the transaction of {@link #begin} is still the current one, and gives its end the role of before the run.
     *
     * @return false when the migration committed or rolled back by itself
     * @throws SQLException if the connection is closed or its transaction is broken
     */
    public boolean inBegunTransaction() throws SQLException {
        return role.end() == transaction && !connection.getAutoCommit();
    }

    /**
     * Refuses to go on once the lease was taken over. Whoever takes over later finds this session by its label and ends it, so
     * that nothing of a body without a transaction of ours happens after that.
     *
     * @param claim the claim
     * @throws SQLException if the database refuses
     * @throws LeaseLostException if the lease was taken over
     */
    public void requireToken(Claim claim) throws SQLException {
        if (!fence.take(connection, claim.token())) {
            throw lost(claim, "before it ran " + claim.entry().label());
        }
    }

    private LeaseLostException lost(Claim claim, String when) {
        return new LeaseLostException("worker " + claim.worker() + " lost the lease of " + name + " " + when);
    }

    /**
     * Commits, behind the fence, what a migration did after it ended the transaction of {@link #begin} by itself.
     *
     * @param claim the claim
     * @throws SQLException if the database refuses
     * @throws LeaseLostException if the lease was taken over
     */
    public void commitRest(Claim claim) throws SQLException {
        if (!connection.getAutoCommit()) {
            requireToken(claim);
            connection.commit();
        }
    }

    /**
     * Tells whether a migration that works in pieces left changes in an open transaction of its own. A session that died after
     * its last transaction had ended lost nothing.
     *
     * @return true when they would be lost
     * @throws SQLException if the connection is closed or its transaction is broken
     */
    public boolean hasUncommitted() throws SQLException {
        if (PostgresDriver.isKnownIdle(connection)) {
            return false;
        }
        return Jdbc.first(connection, "SELECT txid_current_if_assigned() IS NOT NULL", row -> row.getBoolean(1))
                .orElse(false);
    }

    /**
     * Stores SUCCEEDED in the current transaction.
     *
     * @param claim the claim
     * @param warning what should be looked at; null when nothing
     * @throws SQLException if the database refuses
     * @throws LeaseLostException if the entry is no longer ours
     */
    public void succeed(Claim claim, @Nullable String warning) throws SQLException {
        if (!new RunEnd(name).store(connection, claim, Settlement.succeeded(warning))) {
            throw new LeaseLostException(claim.entry().label() + " is no longer ours to settle");
        }
        new RunRequests(name).clear(connection, claim.entry().id());
    }

    /**
     * Moves a checkpoint on in the current transaction, after {@link #inBegunTransaction}.
     *
     * @param claim the claim
     * @param key the checkpoint's name
     * @param before what the run knows to be stored; null for nothing
     * @param value its new value
     * @return false when something else is stored: the database went back behind the run
     * @throws SQLException if the database refuses
     */
    public boolean moveCheckpoint(Claim claim, String key, @Nullable String before, String value) throws SQLException {
        return checkpoints.move(connection, claim, new CheckpointRows.Move(key, before, value));
    }

    /**
     * Reads the checkpoints that earlier attempts committed.
     *
     * @param claim the claim
     * @return value by name
     * @throws SQLException if the database refuses
     */
    public Map<String, String> checkpoints(Claim claim) throws SQLException {
        return checkpoints.read(connection, claim);
    }

    /**
     * Tells whether a pooler stands between this session and the server.
     *
     * @return true when statements outside a transaction may run anywhere
     */
    public boolean isPooled() {
        return before.pooled();
    }

    /** Closes the network connection, whatever is under way on it. May be called by any thread. */
    public void abort() {
        try {
            connection.abort(Runnable::run);
        } catch (SQLException e) {
            LOG.log(System.Logger.Level.DEBUG, "a connection could not be aborted", e);
        }
    }

    /**
     * Ends what is left of a run: the loan, an open transaction, settings. A connection that others may still use is aborted.
     *
     * @throws SQLException if the connection is broken
     */
    public void reset() throws SQLException {
        if (loan != null && loan.endsSpent()) {
            abort(); // so that what follows fails, and a pool sees it
        }
        // Also in autocommit mode a body may have left a transaction open: BEGIN as a statement.
        connection.setAutoCommit(false);
        connection.rollback();
        connection.setAutoCommit(true);
        before.restore(connection);
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}

package dev.turnasync.flyway;

import dev.turnasync.jdbc.FencedSession;
import dev.turnasync.resumable.AsyncContext.Fork;
import dev.turnasync.resumable.AsyncContext.TransactionWork;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** A session beside the run's own. */
record RunFork(FencedSession session, RunTransaction transaction, Advance advance) implements Fork {

    private static final System.Logger LOG = System.getLogger(RunFork.class.getName());

    @Override
    public <T extends @Nullable Object> T inTransaction(TransactionWork<T> work) throws Exception {
        return transaction.run(work);
    }

    @Override
    public void close() {
        try {
            session.reset();
        } catch (SQLException e) {
            LOG.log(System.Logger.Level.DEBUG, "a fork's session broke", e);
            advance.forkBroke();
        }
        try {
            session.close();
        } catch (SQLException e) {
            LOG.log(System.Logger.Level.DEBUG, "a fork's session was broken when it was closed", e);
        }
    }
}

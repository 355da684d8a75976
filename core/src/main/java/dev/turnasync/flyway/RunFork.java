package dev.turnasync.flyway;

import dev.turnasync.jdbc.FencedSession;
import dev.turnasync.resumable.AsyncContext.Fork;
import dev.turnasync.resumable.AsyncContext.TransactionWork;
import org.jspecify.annotations.Nullable;

/** A session beside the run's own. */
record RunFork(FencedSession session, RunTransaction transaction, Forks forks) implements Fork {

    @Override
    public <T extends @Nullable Object> T inTransaction(TransactionWork<T> work) throws Exception {
        return transaction.run(work);
    }

    @Override
    public void close() {
        forks.close(session);
    }
}

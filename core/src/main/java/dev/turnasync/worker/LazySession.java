package dev.turnasync.worker;

import dev.turnasync.spi.LeaseSession;
import dev.turnasync.spi.MigrationRunner;
import dev.turnasync.spi.MigrationRunner.RunSession;
import org.jspecify.annotations.Nullable;

/** A run session that is opened before the first claim, so that no entry is claimed that cannot be run. */
final class LazySession implements AutoCloseable {

    private final MigrationRunner runner;
    private final LeaseSession lease;
    private @Nullable RunSession session;

    LazySession(MigrationRunner runner, LeaseSession lease) {
        this.runner = runner;
        this.lease = lease;
    }

    RunSession open() {
        var open = session;
        if (open == null) {
            open = runner.open(lease);
            session = open;
        }
        return open;
    }

    @Override
    public void close() {
        if (session != null) {
            session.close();
        }
    }
}

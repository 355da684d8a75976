package dev.turnasync.sample;

import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.quartz.utils.ConnectionProvider;

/** Lets Quartz use the shop's pool. */
final class PoolConnections implements ConnectionProvider {

    private final DataSource pool;

    PoolConnections(DataSource pool) {
        this.pool = pool;
    }

    @Override
    public Connection getConnection() throws SQLException {
        return pool.getConnection();
    }

    @Override
    public void initialize() {
        // The pool is open.
    }

    @Override
    public void shutdown() {
        // The pool is closed by its owner.
    }
}

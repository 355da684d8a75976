package dev.turnasync.sample;

import dev.turnasync.api.MigrationListener;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;

/**
 * Somebody else in the database: a report that reads the customers in one long transaction, just when V6 needs the table for
 * itself. It ends after V6's first attempt, so that the second one succeeds.
 */
final class NightlyReport implements MigrationListener {

    private static final String VICTIM = "6";

    private final DataSource database;
    private final AtomicReference<Optional<Connection>> open = new AtomicReference<>(Optional.empty());

    NightlyReport(DataSource database) {
        this.database = database;
    }

    @Override
    public void on(Event event) {
        if (!event.entry().key().equals(VICTIM)) {
            return;
        }
        try {
            if (event instanceof Event.Started started && started.attempt() == 1) {
                begin();
            } else if (event instanceof Event.AttemptFailed) {
                end();
            }
        } catch (SQLException e) {
            throw new IllegalStateException("the nightly report failed", e);
        }
    }

    private void begin() throws SQLException {
        var connection = database.getConnection();
        connection.setAutoCommit(false);
        open.set(Optional.of(connection));
        try (var statement = connection.createStatement()) {
            statement.execute("SELECT count(*) FROM customers");
        }
    }

    private void end() throws SQLException {
        var connection = open.getAndSet(Optional.empty());
        if (connection.isPresent()) {
            connection.get().close();
        }
    }
}

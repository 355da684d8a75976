package dev.turnasync.contract;

import dev.turnasync.AsyncMigrationsBuilder;
import java.util.function.UnaryOperator;
import org.flywaydb.core.Flyway;

/** The nodes that one scheduler wakes, over one store where it has one. */
public interface Fleet extends AutoCloseable {

    /** Starts a node, which {@link #close()} ends. */
    FleetNode start(Flyway flyway, UnaryOperator<AsyncMigrationsBuilder> options);

    /** Deletes all that the adapter has in the scheduler's store. */
    void loseWakeUps();

    /** Ends the nodes and the store. */
    @Override
    void close();
}

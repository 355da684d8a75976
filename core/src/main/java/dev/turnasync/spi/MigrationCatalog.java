package dev.turnasync.spi;

import java.util.List;

/** The async migrations that this node knows, to compare the queue with. */
public interface MigrationCatalog {

    /**
     * Returns the async migrations of this node.
     *
     * @return the migrations; empty when no class is at hand
     */
    List<NewEntry> migrations();

    /**
     * Tells whether {@code migrate} on this node queues async migrations.
     *
     * @return false when Flyway does not see TurnAsync's plugin
     */
    boolean hookInstalled();
}

package dev.turnasync.sample;

import dev.turnasync.api.MigrationQueue;
import dev.turnasync.api.QueueEntry;
import java.util.List;

/** Whatever drains the queue behind the deploy. */
interface Background extends AutoCloseable {

    /** The operator's view of the queue. */
    MigrationQueue queue();

    /** From now on the queue is worked on. */
    void start() throws Exception;

    /** Called a few times a second while it works, with the queue as it is. */
    void look(List<QueueEntry> entries);

    @Override
    void close();
}

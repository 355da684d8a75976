package dev.turnasync.quartz;

import dev.turnasync.contract.DrainTriggerContract;
import dev.turnasync.contract.Fleet;
import dev.turnasync.database.TestDatabase;

/** One clustered store in PostgreSQL, whose tables our migration makes. */
class QuartzClusteredStoreTest extends DrainTriggerContract {

    @Override
    protected Fleet open(TestDatabase database) {
        return new QuartzFleet(Schedulers.clustered(database));
    }
}

package dev.turnasync.quartz;

import dev.turnasync.contract.DrainTriggerContract;
import dev.turnasync.contract.Fleet;
import dev.turnasync.database.TestDatabase;

/** Each node's wake-ups in its own memory. */
class QuartzRamStoreTest extends DrainTriggerContract {

    @Override
    protected Fleet open(TestDatabase database) {
        return new QuartzFleet(Schedulers.inMemory());
    }
}

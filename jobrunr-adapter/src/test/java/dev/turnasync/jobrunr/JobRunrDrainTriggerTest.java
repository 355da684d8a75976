package dev.turnasync.jobrunr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.AsyncMigrationsBuilder;
import dev.turnasync.contract.DrainTriggerContract;
import dev.turnasync.contract.Fleet;
import dev.turnasync.contract.FleetNode;
import dev.turnasync.database.TestDatabase;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.flywaydb.core.Flyway;
import org.jobrunr.jobs.states.StateName;
import org.jobrunr.scheduling.JobRequestScheduler;

class JobRunrDrainTriggerTest extends DrainTriggerContract {

    @Override
    protected Fleet open(TestDatabase database) {
        return new JobRunrFleet(Store.inMemory(), new ArrayList<>());
    }

    /** Nodes over one store of JobRunr's. */
    private record JobRunrFleet(Store store, List<Node> nodes) implements Fleet {

        @Override
        public FleetNode start(Flyway flyway, UnaryOperator<AsyncMigrationsBuilder> options) {
            var node = Node.of(flyway, store, new Node.Options(options, InstantSource.system(), null));
            nodes.add(node);
            node.startTogether();
            return new JobRunrNode(node, store);
        }

        @Override
        public void loseWakeUps() {
            store.jobs().forEach(job -> store.provider().deletePermanently(job.getId()));
            assertThat(store.jobs()).isEmpty();
        }

        @Override
        public void close() {
            nodes.forEach(Node::close);
            store.close();
        }
    }

    private record JobRunrNode(Node node, Store store) implements FleetNode {

        @Override
        public AsyncMigrations async() {
            return node.async;
        }

        @Override
        public void wakeInVain() {
            var job = new JobRequestScheduler(store.provider())
                    .enqueue(new RunAsyncMigration(node.async.queueName(), 999_999, "no such entry"))
                    .asUUID();
            await("the end of the job")
                    .atMost(SOON)
                    .until(() -> store.provider().getJobById(job).getState() == StateName.SUCCEEDED);
        }

        @Override
        public void closeAdapter() {
            node.adapter.close();
        }

        @Override
        public void stopScheduler() {
            node.server.stop();
        }
    }
}

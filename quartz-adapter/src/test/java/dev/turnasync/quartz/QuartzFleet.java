package dev.turnasync.quartz;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.AsyncMigrationsBuilder;
import dev.turnasync.contract.Fleet;
import dev.turnasync.contract.FleetNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.flywaydb.core.Flyway;
import org.quartz.SchedulerException;
import org.quartz.impl.matchers.GroupMatcher;

/** Nodes over the schedulers of one store. */
final class QuartzFleet implements Fleet {

    private final Schedulers schedulers;
    private final List<QuartzNode> nodes = new ArrayList<>();

    QuartzFleet(Schedulers schedulers) {
        this.schedulers = schedulers;
    }

    @Override
    public FleetNode start(Flyway flyway, UnaryOperator<AsyncMigrationsBuilder> options) {
        var async = options.apply(AsyncMigrations.builder(flyway)).build();
        var node = QuartzNode.start(async, schedulers.make());
        nodes.add(node);
        return node;
    }

    @Override
    public void loseWakeUps() {
        try {
            for (var scheduler : schedulers.running()) {
                scheduler.deleteJobs(List.copyOf(scheduler.getJobKeys(GroupMatcher.jobGroupEquals("turnasync"))));
            }
        } catch (SchedulerException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        nodes.forEach(QuartzNode::close);
        schedulers.close();
    }
}

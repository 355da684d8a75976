package dev.turnasync.quartz;

import dev.turnasync.api.AsyncMigrationException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.SchedulerMetaData;

/** Finds the settings of Quartz that lose or double wake-ups, and says which property mends them. */
final class StoreChecks {

    private static final String TABLE_MISSING = "42P01";
    private static final String CONNECTION = "08";

    /** What Quartz calls a scheduler without an instance id. */
    private static final String NO_INSTANCE_ID = "NON_CLUSTERED";

    private StoreChecks() {}

    static void requireRunning(Scheduler scheduler) throws SchedulerException {
        if (scheduler.isShutdown()) {
            throw new IllegalStateException("the scheduler " + scheduler.getSchedulerName()
                    + " was shut down; give start(…) one that is running or still to be started");
        }
    }

    static List<String> warnings(SchedulerMetaData scheduler) {
        var name = "the Quartz scheduler " + scheduler.getSchedulerName();
        if (!scheduler.isJobStoreSupportsPersistence()) {
            return List.of(
                    name + " keeps its jobs in memory: wake-ups are lost when it restarts, and the watcher finds the"
                            + " work again. That is right for one node and for tests; for a fleet set"
                            + " org.quartz.jobStore.class=org.quartz.impl.jdbcjobstore.JobStoreTX");
        }
        var warnings = new ArrayList<String>();
        if (!scheduler.isJobStoreClustered()) {
            warnings.add(
                    name + " has a store in a database that is not clustered: a second node on it would spoil it. Set"
                            + " org.quartz.jobStore.isClustered=true, and org.quartz.scheduler.instanceId=AUTO");
        } else if (scheduler.getSchedulerInstanceId().equals(NO_INSTANCE_ID)) {
            warnings.add(name + " has no instance id of its own: nodes with the same one take each other for dead. Set"
                    + " org.quartz.scheduler.instanceId=AUTO");
        }
        return warnings;
    }

    /** Reads back what was just written: Quartz's standard delegate cannot read PostgreSQL's bytea. */
    static void requireReadable(Schedule schedule) throws SchedulerException {
        try {
            schedule.readJob();
        } catch (SchedulerException e) {
            if (sqlState(e).orElse("").startsWith(CONNECTION)) {
                throw e;
            }
            throw new IllegalStateException(
                    adapterOf(schedule.queue())
                            + "Quartz cannot read the job that it has just stored. On PostgreSQL set"
                            + " org.quartz.jobStore.driverDelegateClass="
                            + "org.quartz.impl.jdbcjobstore.PostgreSQLDelegate",
                    e);
        }
    }

    /** What a store that failed is told about. */
    static RuntimeException explain(String queue, SchedulerException e) {
        if (sqlState(e).orElse("").equals(TABLE_MISSING)) {
            return new IllegalStateException(
                    adapterOf(queue) + "Quartz's tables are missing. Add classpath:dev/turnasync/quartz/postgresql to"
                            + " Flyway's locations and migrate, or create them with Quartz's own script. If they are there,"
                            + " under another name or in another schema, set org.quartz.jobStore.tablePrefix",
                    e);
        }
        return new AsyncMigrationException(adapterOf(queue) + e.getMessage(), e);
    }

    private static String adapterOf(String queue) {
        return "the Quartz adapter of " + queue + " could not be started: ";
    }

    private static Optional<String> sqlState(Throwable failure) {
        return Stream.iterate(failure, cause -> cause != null, Throwable::getCause)
                .filter(SQLException.class::isInstance)
                .map(cause -> ((SQLException) cause).getSQLState())
                .filter(state -> state != null)
                .findFirst();
    }
}

package dev.turnasync.flyway;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.DrainResult;
import dev.turnasync.api.MigrationListener.Event;
import dev.turnasync.api.MigrationWorker;
import dev.turnasync.api.RequiresAsync.Otherwise;
import dev.turnasync.jdbc.JdbcQueueStore;
import dev.turnasync.jdbc.QueueName;
import dev.turnasync.jdbc.RequiredMigrations;
import dev.turnasync.jdbc.RequiredMigrations.Unmet;
import dev.turnasync.spi.InlineWorkers;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.SQLException;
import java.util.Optional;
import java.util.ServiceLoader;
import org.flywaydb.core.api.configuration.Configuration;

/**
 * Lets a migration of {@code migrate} pass when what it requires is finished, or sees to it as the migration wants. Looks on
 * connections of its own, so that Flyway's transactions neither hide what workers commit nor hold anything.
 */
final class RequirementCheck {

    private static final Logger LOG = System.getLogger(RequirementCheck.class.getName());

    private final String label;
    private final Requirement requirement;
    private final Configuration configuration;
    private final QueueName name;
    private final RequiredMigrations required;
    private final Pause pause;

    RequirementCheck(String label, Requirement requirement, Configuration configuration, QueueName name) {
        this.label = label;
        this.requirement = requirement;
        this.configuration = configuration;
        this.name = name;
        this.required = new RequiredMigrations(name, requirement.keys());
        this.pause = new Pause(requirement.timeout());
    }

    /**
     * Returns when all is finished.
     *
     * @throws AsyncMigrationException if it is not, with what to do
     * @throws SQLException if the database cannot be read
     */
    void pass() throws SQLException {
        var first = unmet();
        if (first.isEmpty()) {
            return;
        }
        if (requirement.otherwise() == Otherwise.FAIL || first.get().hopeless()) {
            throw refused(first.get(), "");
        }
        LOG.log(
                Level.INFO,
                "{0} requires async migrations: {1}; {2}",
                label,
                first.get().text(),
                requirement.otherwise() == Otherwise.WAIT ? "waiting" : "running the queue");
        if (requirement.otherwise() == Otherwise.WAIT) {
            untilMet(() -> false);
        } else {
            runQueue();
        }
    }

    private void runQueue() throws SQLException {
        var dataSource = configuration.getDataSource();
        try (var worker = inlineWorkers()
                .worker(
                        new JdbcQueueStore(dataSource, name),
                        new FlywayMigrationRunner(configuration, dataSource, name),
                        RequirementCheck::log)) {
            untilMet(() -> ranOne(worker));
        }
    }

    /** Found this way since this package does not know the worker's. */
    private static InlineWorkers inlineWorkers() {
        return ServiceLoader.load(InlineWorkers.class, InlineWorkers.class.getClassLoader())
                .findFirst()
                .orElseThrow(
                        () -> new IllegalStateException("TurnAsync's jar is incomplete: no " + InlineWorkers.class));
    }

    /** A try to get further; true when it makes sense to look again at once. */
    @FunctionalInterface
    private interface Push {
        boolean further();
    }

    private void untilMet(Push push) throws SQLException {
        for (var unmet = unmet(); unmet.isPresent(); unmet = unmet()) {
            if (unmet.get().hopeless()) {
                throw refused(unmet.get(), "");
            }
            if (!push.further() && !pause.untilNextLook()) {
                throw refused(unmet.get(), " (" + pause.why() + ")");
            }
        }
    }

    private boolean ranOne(MigrationWorker worker) {
        var result = worker.drainOne();
        return switch (result.why()) {
            case DONE -> true;
            case CLASS_MISSING ->
                throw new AsyncMigrationException(
                        label + " requires async migrations, and this build has no" + " class for " + head(result)
                                + ". Let a worker of a build that has it finish it, and migrate again.");
            case STOPPED ->
                throw new AsyncMigrationException(
                        label + " did not run: migrate was interrupted while it ran the queue");
            case EMPTY, BLOCKED, PAUSED, NOT_DUE, LEASE_HELD, PREVIOUS_RUN_ALIVE, LEASE_LOST, HUNG -> false;
        };
    }

    private static String head(DrainResult result) {
        return result.headEntry().map(entry -> entry.identity().label()).orElse("the head of the queue");
    }

    private static void log(Event event) {
        LOG.log(Level.INFO, "in migrate: {0}", event);
    }

    private Optional<Unmet> unmet() throws SQLException {
        try (var connection = configuration.getDataSource().getConnection()) {
            return required.unmet(connection);
        }
    }

    private AsyncMigrationException refused(Unmet unmet, String waited) {
        return new AsyncMigrationException(label + " did not run, for it requires " + requirement.keys() + ": "
                + unmet.text() + waited + ". " + remedy(unmet));
    }

    private String remedy(Unmet unmet) {
        if (!unmet.known()) {
            return configuration.isGroup()
                    ? "With group=true what this migrate applied or queued before is not committed yet: migrate up to it first"
                            + " (target), or turn group off."
                    : "Name a migration of a lower version that is applied, or remove it from @RequiresAsync.";
        }
        if (unmet.hopeless()) {
            return "Retry, resume or skip it (turnasync retry, resume, skip), and migrate again.";
        }
        return "Wait until a worker has finished it and migrate again, or let @RequiresAsync say otherwise = WAIT or"
                + " RUN_INLINE.";
    }

    /**
     * Refuses to run an async migration before its time; its attempt fails and is repeated.
     *
     * @throws AsyncMigrationException if something that it requires is not finished
     * @throws SQLException if the database cannot be read
     */
    static void requireMet(Class<?> type, FlywayMigrationRunner.Place place) throws SQLException {
        var requirement = Requirement.of(type);
        if (requirement.isEmpty()) {
            return;
        }
        var unmet = new RequiredMigrations(place.name(), requirement.get().keys()).unmet(place.connection());
        if (unmet.isPresent()) {
            throw new AsyncMigrationException(place.label() + " did not run, for it requires "
                    + requirement.get().keys() + ": " + unmet.get().text()
                    + ". Finish, retry or skip that one; this attempt is repeated.");
        }
    }
}

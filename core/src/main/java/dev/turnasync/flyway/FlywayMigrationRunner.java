package dev.turnasync.flyway;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.LeaseLostException;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.api.QueueEntry.Direction;
import dev.turnasync.jdbc.ErrorReports;
import dev.turnasync.jdbc.FencedSession;
import dev.turnasync.jdbc.QueueName;
import dev.turnasync.spi.Claim;
import dev.turnasync.spi.DatabaseAwayException;
import dev.turnasync.spi.LeaseSession;
import dev.turnasync.spi.MigrationRunner;
import dev.turnasync.spi.RunControl;
import dev.turnasync.spi.RunOutcome;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.flywaydb.core.api.configuration.Configuration;
import org.flywaydb.core.api.migration.JavaMigration;

/**
 * Runs migrations as Flyway would: with its configuration, its search path and the raw connection, in one transaction when the
 * migration allows it.
 *
 * <p>How a transactional migration ends:
 *
 * <ol>
 *   <li>The transaction began with the fence, so no other worker can have taken over.
 *   <li>SUCCEEDED is stored in it, and both commit together.
 *   <li>When the migration ended the transaction by itself, that cannot be: its changes are there already. The entry is then
 *       settled in a fenced transaction of its own, and the attempt carries a warning.
 * </ol>
 */
public final class FlywayMigrationRunner implements MigrationRunner {

    private static final System.Logger LOG = System.getLogger(FlywayMigrationRunner.class.getName());

    private final Configuration configuration;
    private final MigrationRegistry registry;
    private final DataSource dataSource;
    private final QueueName name;
    private final AtomicBoolean warnedOfPooler = new AtomicBoolean();

    /**
     * Creates a runner.
     *
     * @param configuration Flyway's configuration, handed to migrations
     * @param dataSource where sessions come from
     * @param name which queue
     */
    public FlywayMigrationRunner(Configuration configuration, DataSource dataSource, QueueName name) {
        this.configuration = configuration;
        this.registry = MigrationRegistry.of(configuration);
        this.dataSource = dataSource;
        this.name = name;
    }

    @Override
    public boolean has(QueueEntry entry) {
        return source(entry.identity()).isPresent();
    }

    /** A repeatable migration of another checksum is another one: a node that has an older or newer one leaves it alone. */
    private Optional<MigrationRegistry.Source> source(QueueEntry.Identity identity) {
        return registry.find(identity.version(), identity.description())
                .filter(source -> identity.version() != null || Objects.equals(source.checksum(), identity.checksum()));
    }

    @Override
    public RunSession open(LeaseSession lease) {
        try {
            return new Session(lease, FencedSession.open(dataSource, name));
        } catch (SQLException e) {
            var message = "no database connection to run migrations of " + name + ": " + e.getMessage()
                    + ". A worker needs two connections of its own.";
            throw ErrorReports.isAway(e)
                    ? new DatabaseAwayException(message, e)
                    : new AsyncMigrationException(message, e);
        }
    }

    /** Where a migration is about to run. */
    record Place(String label, QueueName name, Connection connection) {}

    private final class Session implements RunSession {

        private final LeaseSession lease;
        private volatile FencedSession session;
        private volatile Forks current = new Forks(dataSource, name);
        private boolean broken;

        Session(LeaseSession lease, FencedSession session) {
            this.lease = lease;
            this.session = session;
        }

        @Override
        public RunOutcome run(Claim claim, RunControl control) {
            var advance = new Advance();
            var forks = new Forks(dataSource, name);
            current = forks;
            RunOutcome outcome;
            try {
                reopenIfBroken();
                session.prepare(claim);
                outcome = migrate(
                        create(claim), new WorkerContext.Run(configuration, session, claim, control, advance, forks));
            } catch (Throwable e) {
                if (advance.begun()) { // before, nothing was lent
                    takeBack(forks);
                }
                outcome = ended(e, control, advance);
            }
            // An outcome is kept, whatever becomes of the session.
            var forkBroke = forks.end();
            reset();
            broken |= forkBroke;
            return outcome;
        }

        /** Threads that a failed body left behind must not commit its half while its end is being told. */
        private void takeBack(Forks forks) {
            try {
                session.loan().takeBack();
            } catch (RuntimeException | Error e) {
                session.abort();
                LOG.log(System.Logger.Level.DEBUG, "a failed migration is still at work", e);
            }
            forks.abort();
        }

        private JavaMigration create(Claim claim) {
            var identity = claim.entry().identity();
            return source(identity)
                    .orElseThrow(
                            () -> new AsyncMigrationException("no class for " + identity.label() + " on this node"))
                    .create();
        }

        private RunOutcome migrate(JavaMigration migration, WorkerContext.Run run) throws Exception {
            if (run.claim().entry().identity().direction() == Direction.UP) {
                RequirementCheck.requireMet(
                        migration.getClass(), new Place(run.claim().entry().label(), name, session.connection()));
            }
            if (!migration.canExecuteInTransaction()) {
                warnBehindPooler(run.claim());
                session.requireToken(run.claim());
                var context = new WorkerContext(run, false);
                run.advance().begins();
                work(migration, run.claim(), context);
                requireOpen(run.claim());
                requireCommitted(run.claim());
                context.warnOfLeftSteps();
                lease.committed(context.committed());
                return new RunOutcome.Completed(false, run.advance().warning());
            }
            var context = new WorkerContext(run, true);
            if (!session.begin(run.claim())) {
                return new RunOutcome.Stopped();
            }
            run.advance().begins();
            work(migration, run.claim(), context);
            requireOpen(run.claim());
            if (!session.inBegunTransaction()) {
                session.commitRest(run.claim());
                return new RunOutcome.Completed(
                        false,
                        run.claim().entry().label()
                                + " committed or rolled back by itself, so its changes and its status"
                                + " are not atomic: a crash in between repeats it. Let canExecuteInTransaction() return"
                                + " false and work in context.inTransaction(…), or remove the commit.");
            }
            session.succeed(run.claim(), run.advance().warning());
            session.connection().commit();
            return new RunOutcome.Completed(true, run.advance().warning());
        }

        private void work(JavaMigration migration, Claim claim, WorkerContext context) throws Exception {
            if (claim.entry().identity().direction() == Direction.UP) {
                migration.migrate(context);
            } else if (migration instanceof Undoable undoable) {
                undoable.undo(context);
            } else {
                throw new AsyncMigrationException.Permanent("the class "
                        + migration.getClass().getName() + " does not implement Undoable, so nothing was taken"
                        + " back. `skip` this entry, or deploy a class that does and retry it.");
            }
        }

        /** A pooler gives each statement outside a transaction any server connection, which nobody can find and end. */
        private void warnBehindPooler(Claim claim) {
            if (session.isPooled() && warnedOfPooler.compareAndSet(false, true)) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "{0} runs behind a connection pooler: what it does outside context.inTransaction(…) is not fenced."
                                + " Give the worker a dataSource that goes around the pooler, or do nothing outside.",
                        claim.entry().label());
            }
        }

        private void requireOpen(Claim claim) throws SQLException {
            session.loan().takeBack();
            if (session.connection().isClosed()) {
                throw new IllegalStateException(
                        claim.entry().label() + " closed the connection it was given, so its open"
                                + " transaction is lost. Remove the close; the worker closes it.");
            }
        }

        private void requireCommitted(Claim claim) throws SQLException {
            if (session.hasUncommitted()) {
                throw new IllegalStateException(claim.entry().label()
                        + " left changes in an open transaction of its own, which are rolled back. Commit them, or work in"
                        + " context.inTransaction(…).");
            }
        }

        private RunOutcome ended(Throwable failure, RunControl control, Advance advance) {
            if (failure instanceof LeaseLostException || control.leaseLost()) {
                return new RunOutcome.Fenced(advance.begun());
            }
            if (control.stopRequested() || advance.isAskedToEnd()) {
                return new RunOutcome.Stopped();
            }
            if (RunFailure.isReadOnly(failure)) {
                session.abort(); // it may be this session alone: one of a server that is no longer the primary
            }
            return new RunOutcome.Failed(RunFailure.report(failure), advance.made());
        }

        private void reset() {
            // A body's own interrupt must not meet the next migration.
            Thread.interrupted();
            try {
                if (session.connection().isClosed()) {
                    broken = true;
                } else {
                    session.reset();
                }
            } catch (SQLException | RuntimeException | Error e) {
                broken = true;
                session.abort(); // else a pool would hand it out with the run's settings
                LOG.log(System.Logger.Level.DEBUG, "the session of a migration was broken and is replaced", e);
            }
        }

        private void reopenIfBroken() throws SQLException {
            if (broken) {
                close();
                session = FencedSession.open(dataSource, name);
                broken = false;
            }
        }

        @Override
        public boolean isBroken() {
            return broken;
        }

        @Override
        public void abort() {
            session.abort();
            current.abort();
        }

        @Override
        public boolean abortGone() {
            if (session.isPooled()) {
                return false;
            }
            abort();
            return true;
        }

        @Override
        public void close() {
            try {
                session.close();
            } catch (SQLException e) {
                LOG.log(System.Logger.Level.DEBUG, "the session of a migration was broken when it was closed", e);
            }
        }
    }
}

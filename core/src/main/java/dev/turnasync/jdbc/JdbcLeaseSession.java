package dev.turnasync.jdbc;

import dev.turnasync.api.Attempt;
import dev.turnasync.api.DrainResult.StopReason;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.api.RetryPolicy;
import dev.turnasync.spi.Claim;
import dev.turnasync.spi.ClaimResult;
import dev.turnasync.spi.LeaseSession;
import dev.turnasync.spi.LeaseToken;
import dev.turnasync.spi.Observation;
import dev.turnasync.spi.RoundTrip;
import dev.turnasync.spi.Settlement;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** A held lease; every change it stores is fenced in its own transaction. */
final class JdbcLeaseSession implements LeaseSession {

    /** Who holds the lease, under which token, for how long at a time. */
    record Lease(String worker, LeaseToken token, Duration leaseFor) {}

    private static final System.Logger LOG = System.getLogger(JdbcLeaseSession.class.getName());

    private final ControlConnection control;
    private final QueueName name;
    private final QueueSql sql;
    private final EntrySql entries;
    private final HeadSql heads;
    private final RunRequests requests;
    private final RunDeaths deaths;
    private final RunView view;
    private final Fence fence;
    private final Lease lease;
    private final Setback setback;
    private volatile Map<String, String> committed = Map.of();

    JdbcLeaseSession(ControlConnection control, QueueName name, Lease lease) {
        this.control = control;
        this.name = name;
        this.sql = new QueueSql(name);
        this.entries = new EntrySql(name);
        this.heads = new HeadSql(name);
        this.requests = new RunRequests(name);
        this.deaths = new RunDeaths(name);
        this.view = new RunView(name);
        this.fence = new Fence(name);
        this.lease = lease;
        this.setback = new Setback(control, name, lease);
    }

    @Override
    public LeaseToken token() {
        return lease.token();
    }

    @Override
    public boolean renew() {
        return setback.held(control.call(
                "renew the lease of " + name,
                connection -> control.trips()
                                .timed(() -> Jdbc.update(
                                        connection,
                                        sql.renewLease(),
                                        lease.leaseFor().toMillis(),
                                        name.historyTable(),
                                        lease.token()))
                        == 1));
    }

    @Override
    public RoundTrip roundTrip() {
        return control.trips().shortest();
    }

    @Override
    public boolean recover(RetryPolicy policy) {
        var lost = control.call(
                "look for entries of dead workers in " + name, connection -> deaths.left(connection, lease.token()));
        for (var run : lost) {
            var label = SessionLabel.of(name, run.token());
            if (!control.call("end a dead worker's session", connection -> Backends.end(connection, label))) {
                return false;
            }
            control.transaction(
                    "recover an entry of " + name,
                    connection -> fence(connection) && deaths.settle(connection, run, policy));
        }
        return true;
    }

    @Override
    public boolean settleAsDead(Claim claim, RetryPolicy policy, Attempt.Failure how) {
        var run = new RunDeaths.Run(
                claim.entry().id(),
                claim.attempt(),
                claim.token(),
                new RunDeaths.Death(how.message() + " and ended worker " + claim.worker(), how));
        return control.transaction(
                "store how " + claim.entry().label() + " ended",
                connection -> fence(connection) && deaths.settle(connection, run, policy));
    }

    @Override
    public void committed(Map<String, String> checkpoints) {
        committed = Map.copyOf(checkpoints);
    }

    @Override
    public ClaimResult claim(Predicate<QueueEntry> runnable, boolean ignoreBackoff) {
        committed = Map.of();
        var result = control.transaction("claim the head of " + name, connection -> {
            if (!fence(connection)) {
                return ClaimResult.none(StopReason.LEASE_LOST, null);
            }
            Jdbc.update(connection, entries.skipSuperseded(), name.historyTable());
            var head = Jdbc.first(connection, heads.head(), EntryRow::map, name.historyTable(), name.historyTable());
            if (head.isEmpty()) {
                return ClaimResult.none(StopReason.EMPTY, null);
            }
            return claim(connection, head.get(), new Wish(runnable, ignoreBackoff));
        });
        if (result.claim() != null) {
            setback.claimed(result.claim());
        }
        setback.held(result.why() != StopReason.LEASE_LOST);
        return result;
    }

    private record Wish(Predicate<QueueEntry> runnable, boolean ignoreBackoff) {}

    private ClaimResult claim(Connection connection, EntryRow head, Wish wish) throws SQLException {
        var entry = head.entry();
        var run = entry.run();
        if (entry.status() == EntryStatus.RUNNING && run != null && isOwn(connection, entry)) {
            // Claimed a moment ago, on a connection that broke before it could tell.
            return ClaimResult.of(new Claim(entry, run.attempt(), lease.worker(), lease.token()));
        }
        var obstacle = obstacle(head, wish);
        if (obstacle.isPresent()) {
            return ClaimResult.none(obstacle.get(), entry);
        }
        var token = lease.token();
        var attempt = Jdbc.first(
                connection,
                sql.claim(),
                row -> row.getInt("attempt"),
                StoredText.name(lease.worker()),
                token,
                entry.id());
        if (attempt.isEmpty()) {
            return ClaimResult.none(StopReason.LEASE_HELD, entry);
        }
        requests.clear(connection, entry.id());
        Jdbc.update(connection, sql.addAttempt(), entry.id(), attempt.get(), StoredText.name(lease.worker()), token);
        return ClaimResult.of(new Claim(entry, attempt.get(), lease.worker(), token));
    }

    private boolean isOwn(Connection connection, QueueEntry entry) throws SQLException {
        return Jdbc.first(connection, sql.tokenOfRun(), QueueSql::token, entry.id())
                .filter(lease.token()::equals)
                .isPresent();
    }

    private static Optional<StopReason> obstacle(EntryRow head, Wish wish) {
        return switch (head.entry().status()) {
            case FAILED -> Optional.of(StopReason.BLOCKED);
            case PAUSED -> Optional.of(StopReason.PAUSED);
            case RUNNING -> Optional.of(StopReason.PREVIOUS_RUN_ALIVE);
            case RETRYABLE ->
                head.closed() || (head.notDue() && !wish.ignoreBackoff())
                        ? Optional.of(StopReason.NOT_DUE)
                        : missing(head, wish);
            case QUEUED -> head.closed() ? Optional.of(StopReason.NOT_DUE) : missing(head, wish);
            case SUCCEEDED, SKIPPED, UNDONE -> throw new IllegalStateException("finished entry at the head: " + head);
        };
    }

    private static Optional<StopReason> missing(EntryRow head, Wish wish) {
        return wish.runnable().test(head.entry()) ? Optional.empty() : Optional.of(StopReason.CLASS_MISSING);
    }

    @Override
    public boolean settle(Claim claim, Settlement settlement) {
        return setback.held(control.transaction("store how " + claim.entry().label() + " ended", connection -> {
            // LOST may be the word of whoever took over.
            if (settlement.outcome() != Attempt.Outcome.LOST && isStored(connection, claim, settlement.outcome())) {
                return true;
            }
            if (!fence(connection)) {
                return false;
            }
            if (settlement.status() == EntryStatus.SUCCEEDED && isIncomplete(connection, claim)) {
                return false;
            }
            return store(connection, claim, asAsked(connection, claim.entry().id(), settlement));
        }));
    }

    /** Whether the database lost something of what the run committed. */
    private boolean isIncomplete(Connection connection, Claim claim) throws SQLException {
        var stored = new CheckpointRows(name).read(connection, claim);
        if (stored.entrySet().containsAll(committed.entrySet())) {
            return false;
        }
        LOG.log(
                System.Logger.Level.WARNING,
                "the database of {0} went back behind {1}: what its run committed last is not there. It is run again from"
                        + " what is stored.",
                name,
                claim.entry().label());
        return true;
    }

    private boolean store(Connection connection, Claim claim, Settlement settlement) throws SQLException {
        var stored = new RunEnd(name).store(connection, claim, settlement);
        if (settlement.status() == EntryStatus.QUEUED) {
            Notifications.send(connection, name);
        }
        return stored;
    }

    private Settlement asAsked(Connection connection, long entry, Settlement settlement) throws SQLException {
        requests.lock(connection, entry);
        var asked = requests.read(connection, entry);
        requests.clear(connection, entry);
        return asked.map(wish -> settlement.as(RunRequests.status(wish.wish()), wish.reason()))
                .orElse(settlement);
    }

    /** Whether it was stored a moment ago, on a connection that broke before it could tell. */
    private boolean isStored(Connection connection, Claim claim, Attempt.Outcome outcome) throws SQLException {
        return Jdbc.first(
                        connection,
                        sql.settledAlready(),
                        row -> true,
                        claim.entry().id(),
                        claim.attempt(),
                        claim.token(),
                        outcome.name())
                .isPresent();
    }

    private boolean fence(Connection connection) throws SQLException {
        return fence.take(connection, lease.token());
    }

    @Override
    public void saveProgress(Claim claim, QueueEntry.Progress progress) {
        control.call(
                "store the progress of " + claim.entry().label(), connection -> view.save(connection, claim, progress));
    }

    @Override
    public Observation observe(Claim claim) {
        return control.transaction("look after " + claim.entry().label(), connection -> {
            Jdbc.execute(connection, "SET LOCAL lock_timeout = 500");
            return view.observe(connection, claim, SessionLabel.of(name, claim.token()));
        });
    }

    @Override
    public void cancelStatement(Claim claim) {
        control.call("cancel " + claim.entry().label(), connection -> {
            Backends.cancel(connection, SessionLabel.of(name, claim.token()));
            return true;
        });
    }

    @Override
    public boolean endSession() {
        var label = SessionLabel.of(name, lease.token());
        return control.call("end a session of " + name, connection -> Backends.end(connection, label));
    }

    @Override
    public boolean hasSucceeded(Claim claim) {
        return control.call(
                "look whether " + claim.entry().label() + " has succeeded",
                connection -> isStored(connection, claim, Attempt.Outcome.SUCCEEDED));
    }

    @Override
    public void close() {
        try {
            control.call(
                    "release the lease of " + name,
                    connection -> Jdbc.update(connection, sql.releaseLease(), name.historyTable(), lease.token()));
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "could not release the lease; it will run out by itself", e);
        } finally {
            control.close();
        }
    }
}

package dev.turnasync.jdbc;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.api.QueueEntry.Standing;
import dev.turnasync.api.QueueReport;
import dev.turnasync.api.QueueReport.Finding;
import dev.turnasync.api.QueueReport.Kind;
import dev.turnasync.api.QueueReport.Severity;
import dev.turnasync.spi.MigrationCatalog;
import dev.turnasync.spi.NewEntry;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Compares a queue with reality. Reads only. For one check. */
final class QueueCheck {

    /** How long a due head may wait, or an entry may lack its history row, before that is a problem. */
    private static final Duration GRACE = Duration.ofMinutes(2);

    private final Connection connection;
    private final QueueName name;
    private final MigrationCatalog catalog;
    private final List<Finding> findings = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    QueueCheck(Connection connection, QueueName name, MigrationCatalog catalog) {
        this.connection = connection;
        this.name = name;
        this.catalog = catalog;
    }

    /** The lease and the time, by the database's clock. */
    private record Moment(
            Instant now, boolean leaseLive, @Nullable String worker) {}

    QueueReport run(List<QueueEntry> entries) throws SQLException {
        requireHistory();
        var moment = moment(!entries.isEmpty());
        head(entries).ifPresent(head -> checkHead(head, moment, dueSince(head, entries)));
        for (var entry : entries) {
            checkStanding(entry, moment);
            checkRun(entry, moment);
        }
        checkClasses(entries);
        checkMissing(entries);
        checkIndexes();
        findings.sort(Comparator.comparing(Finding::severity));
        return new QueueReport(moment.now(), findings, notes);
    }

    private void requireHistory() throws SQLException {
        var history = name.quotedSchema() + "." + QueueName.quote(name.historyTable());
        var present = Jdbc.first(connection, "SELECT to_regclass(?) IS NOT NULL", row -> row.getBoolean(1), history);
        if (!present.orElse(false)) {
            throw new AsyncMigrationException(
                    "there is no history table " + name + "; has migrate run there, and are schema and table right?");
        }
    }

    private static Optional<QueueEntry> head(List<QueueEntry> entries) {
        return entries.stream()
                .filter(entry -> entry.standing() == Standing.APPLIED)
                .filter(entry -> !entry.status().isFinished())
                .findFirst();
    }

    /** Since when nothing but a worker is wanting: its own time, or the end of the last one before it. */
    private static Instant dueSince(QueueEntry head, List<QueueEntry> entries) {
        var own = head.nextAttemptAt().orElse(head.since());
        return entries.stream()
                .filter(entry -> entry.status().isFinished())
                .map(QueueEntry::since)
                .filter(own::isBefore)
                .max(Comparator.naturalOrder())
                .orElse(own);
    }

    private void checkHead(QueueEntry head, Moment moment, Instant dueSince) {
        switch (head.status()) {
            case FAILED ->
                add(
                        problem(Kind.BLOCKED, head, "failed, and every entry after it waits: " + head.reason()),
                        "`show " + head.key() + "` tells the error; then `retry " + head.key() + "` or `skip "
                                + head.key() + " --reason …`");
            case PAUSED ->
                add(
                        problem(Kind.PAUSED, head, "is paused, and every entry after it waits: " + head.reason()),
                        "find out from its reason who paused it and why");
            case RETRYABLE -> {
                add(
                        notice(Kind.WAITING_TO_RETRY, head, "waits for its next attempt: " + head.reason()),
                        "nothing to do; `retry " + head.key() + "` starts it now");
                checkWaiting(head, moment, dueSince);
            }
            case QUEUED -> checkWaiting(head, moment, dueSince);
            default -> {}
        }
    }

    private void checkWaiting(QueueEntry head, Moment moment, Instant dueSince) {
        var waited = Duration.between(dueSince, moment.now());
        if (!moment.leaseLive() && waited.compareTo(GRACE) > 0) {
            add(
                    problem(Kind.NO_WORKER, head, "is due for " + waited.toSeconds() + " s, and no worker takes it"),
                    "start a worker that has its class, or run `drain`");
        }
    }

    private void checkStanding(QueueEntry entry, Moment moment) {
        if (entry.status().isFinished()) {
            return;
        }
        if (entry.standing() == Standing.NOT_APPLIED) {
            var old =
                    Duration.between(entry.identity().queuedAt(), moment.now()).compareTo(GRACE) > 0;
            add(
                    new Found(
                            Kind.NOT_APPLIED,
                            old ? Severity.PROBLEM : Severity.NOTICE,
                            entry,
                            "is queued, but Flyway's history does not list it, so it is not run"),
                    old ? "run migrate again: it completes the entry" : "nothing to do while migrate runs");
        }
        if (entry.standing() == Standing.WITHDRAWN) {
            add(
                    notice(Kind.WITHDRAWN, entry, "was taken back by a marker in Flyway's history, so it is not run"),
                    "nothing to do; the next migrate that applies it queues it again");
        }
    }

    private void checkRun(QueueEntry entry, Moment moment) throws SQLException {
        var run = entry.run();
        if (entry.status() != EntryStatus.RUNNING || run == null || run.token() == null) {
            return;
        }
        if (!moment.leaseLive()) {
            add(
                    problem(
                            Kind.LEASE_EXPIRED,
                            entry,
                            "is marked RUNNING, but worker " + run.worker() + " no longer renews its lease"),
                    "the next worker takes it over by itself; `drain` does it now");
        } else if (!Backends.exists(connection, SessionLabel.of(name, run.token()))) {
            add(
                    notice(
                            Kind.SESSION_GONE,
                            entry,
                            "runs under a live lease of " + run.worker() + ", but its database session cannot be seen"),
                    "nothing to do: when the worker is dead its lease runs out and another takes over");
        }
    }

    private void checkClasses(List<QueueEntry> entries) {
        if (catalog.migrations().isEmpty()) {
            notes.add("no async migration classes at hand, so classes and missing entries were not checked");
            return;
        }
        if (!catalog.hookInstalled()) {
            add(
                    new Found(
                            Kind.HOOK_MISSING,
                            Severity.PROBLEM,
                            null,
                            "Flyway does not see TurnAsync's plugin here, so"
                                    + " migrate would run @Async migrations itself"),
                    "put turnasync-core on the class path that loads Flyway, and leave turnasync.mode at queue");
        }
        for (var entry : entries) {
            if (entry.status().isFinished() || entry.standing() != Standing.APPLIED) {
                continue;
            }
            known(entry)
                    .ifPresentOrElse(
                            known -> compare(entry, known),
                            () -> add(
                                    problem(
                                            Kind.CLASS_MISSING,
                                            entry,
                                            "has no class on this node; it was "
                                                    + entry.identity().script()),
                                    "deploy a build that has it, or `skip " + entry.key() + " --reason …`"));
        }
    }

    private void compare(QueueEntry entry, NewEntry known) {
        var identity = entry.identity();
        if (!known.script().equals(identity.script())) {
            add(
                    notice(
                            Kind.CLASS_MOVED,
                            entry,
                            "was queued as " + identity.script() + " and is now " + known.script()),
                    "nothing to do: version and description decide, nothing runs twice");
        }
        if (!Objects.equals(known.checksum(), identity.checksum())) {
            add(
                    problem(
                            Kind.CHECKSUM_CHANGED,
                            entry,
                            "was queued with checksum " + identity.checksum() + " and its class now has "
                                    + known.checksum()),
                    "undo the change of the migration, or make sure that the changed one is what should run");
        }
    }

    private Optional<NewEntry> known(QueueEntry entry) {
        return catalog.migrations().stream()
                .filter(known -> JdbcMigrationQueue.sameMigration(known, entry)
                        && known.description().equals(entry.identity().description()))
                .findFirst();
    }

    private void checkMissing(List<QueueEntry> entries) throws SQLException {
        var applied = AppliedMigrations.read(connection, new OperatorSql(name));
        for (var known : catalog.migrations()) {
            var queued = entries.stream()
                    .anyMatch(entry -> JdbcMigrationQueue.sameMigration(known, entry)
                            && (known.version() != null
                                    || Objects.equals(entry.identity().checksum(), known.checksum())));
            if (!queued && applied.contains(known)) {
                findings.add(new Finding(
                        Kind.ENTRY_MISSING,
                        Severity.PROBLEM,
                        known.key(),
                        known.key() + " " + known.description()
                                + " is applied in Flyway's history, but has no entry: migrate"
                                + " ran without TurnAsync's plugin, or the queue's tables were lost or restored",
                        "when its work was not done: `retry " + known.key() + "`; when it was: `skip " + known.key()
                                + " --reason …`"));
            }
        }
    }

    private void checkIndexes() throws SQLException {
        Jdbc.list(
                connection,
                new OperatorSql(name).invalidIndexes(),
                row -> findings.add(new Finding(
                        Kind.INVALID_INDEX,
                        Severity.PROBLEM,
                        row.getString("name"),
                        "index " + row.getString("name") + " on " + row.getString("table_name")
                                + " is invalid: a concurrent build of it did not finish",
                        "`DROP INDEX CONCURRENTLY " + row.getString("name")
                                + "`, then retry the migration that builds it")),
                name.schema());
    }

    private Moment moment(boolean tables) throws SQLException {
        var now = Jdbc.first(connection, "SELECT clock_timestamp() AS now", row -> Jdbc.instant(row, "now"))
                .orElseThrow();
        if (!tables) {
            return new Moment(now, false, null);
        }
        return Jdbc.first(
                        connection,
                        new QueueSql(name).readLease(),
                        row -> new Moment(now, row.getBoolean("live"), row.getString("worker")),
                        name.historyTable())
                .orElse(new Moment(now, false, null));
    }

    private record Found(
            Kind kind, Severity severity, @Nullable QueueEntry entry, String message) {}

    private static Found problem(Kind kind, QueueEntry entry, String message) {
        return new Found(kind, Severity.PROBLEM, entry, message);
    }

    private static Found notice(Kind kind, QueueEntry entry, String message) {
        return new Found(kind, Severity.NOTICE, entry, message);
    }

    private void add(Found found, String nextStep) {
        var entry = found.entry();
        findings.add(new Finding(
                found.kind(),
                found.severity(),
                entry == null ? null : entry.key(),
                entry == null ? found.message() : entry.label() + " " + found.message(),
                nextStep));
    }
}

package dev.turnasync.jdbc;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.api.QueueEntry.Direction;
import dev.turnasync.api.QueueEntry.Standing;
import dev.turnasync.api.QueueReport;
import dev.turnasync.api.QueueReport.Finding;
import dev.turnasync.api.QueueReport.Kind;
import dev.turnasync.api.QueueReport.Severity;
import dev.turnasync.spi.MigrationCatalog;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;

/** Compares a queue with reality. Reads only. For one check. */
final class QueueCheck {

    /** How many finished entries are looked at; a history that is older than the queue lacks the last ones. */
    private static final int LAST = 100;

    private final Connection connection;
    private final QueueName name;
    private final MigrationCatalog catalog;
    private final Duration silence;
    private final Findings findings = new Findings();

    QueueCheck(Connection connection, QueueName name, MigrationCatalog catalog, Duration silence) {
        this.connection = connection;
        this.name = name;
        this.catalog = catalog;
        this.silence = silence;
    }

    QueueReport run() throws SQLException {
        requireHistory();
        var reader = new EntryReader(name);
        var entries = reader.recent(connection, LAST);
        var lease = LeaseView.read(connection, name, !entries.isEmpty());
        new HeadCheck(lease, findings).run(connection, name, entries);
        checkLease(lease, !entries.isEmpty());
        for (var entry : entries) {
            checkStanding(entry, lease);
        }
        new RunCheck(connection, name, silence, findings).run(entries, lease);
        new ClassCheck(connection, name, catalog, findings).run(entries);
        checkIndexes();
        checkSequences();
        return new QueueReport(lease.now(), findings.sorted(), findings.notes());
    }

    private void checkLease(LeaseView lease, boolean entries) {
        if (entries && !lease.present()) {
            findings.add(new Finding(
                    Kind.LEASE_MISSING,
                    Severity.PROBLEM,
                    null,
                    "the queue has no lease row, so no worker can work on it",
                    "`check-queue --fix` adds it"));
        }
        if (lease.setback() != null) {
            findings.add(new Finding(
                    Kind.WENT_BACK,
                    Severity.PROBLEM,
                    null,
                    lease.setback() + ": a standby that lagged was promoted, or a backup was restored",
                    "what is gone is gone with its status and runs again, so redo nothing; see whether calls to other"
                            + " systems were made twice, then `check-queue --fix` takes note of it"));
        }
        if (lease.isFromTheFuture()) {
            findings.add(new Finding(
                    Kind.CLOCK,
                    Severity.PROBLEM,
                    null,
                    "worker " + lease.worker() + " renewed its lease at " + lease.renewedAt()
                            + ", which is still to come: the database's clock went back",
                    "`check-queue --fix` ends the lease; a worker that lives takes it again"));
        }
    }

    private void requireHistory() throws SQLException {
        var history = name.quotedSchema() + "." + QueueName.quote(name.historyTable());
        var present = Jdbc.first(connection, "SELECT to_regclass(?) IS NOT NULL", row -> row.getBoolean(1), history);
        if (!present.orElse(false)) {
            throw new AsyncMigrationException(
                    "there is no history table " + name + "; has migrate run there, and are schema and table right?");
        }
    }

    private void checkStanding(QueueEntry entry, LeaseView lease) throws SQLException {
        if (entry.status().isFinished()) {
            checkHistory(entry);
            return;
        }
        if (entry.standing() == Standing.NOT_APPLIED) {
            checkNotApplied(entry, lease);
        }
        if (entry.standing() == Standing.WITHDRAWN) {
            findings.notice(
                    Kind.WITHDRAWN,
                    entry,
                    "was taken back by a marker in Flyway's history, so it is not run",
                    "nothing to do; the next migrate that applies it queues it again");
        }
    }

    private void checkNotApplied(QueueEntry entry, LeaseView lease) {
        var message = "is queued, but Flyway's history does not list it, so it is not run";
        var age = Duration.between(entry.identity().queuedAt(), lease.now());
        if (age.compareTo(HeadCheck.GRACE) > 0) {
            findings.problem(
                    Kind.NOT_APPLIED,
                    entry,
                    message,
                    "run migrate again: it completes the entry; in a history that was numbered anew,"
                            + " `check-queue --fix` finds it; when no build has its migration any more, `skip "
                            + entry.key()
                            + " --reason …`");
        } else {
            findings.notice(Kind.NOT_APPLIED, entry, message, "nothing to do while migrate runs");
        }
    }

    /**
     * A history that was restored from a backup, or edited: migrate would queue the work a second time. What a baseline stands
     * for it never applies again.
     */
    private void checkHistory(QueueEntry entry) throws SQLException {
        if (entry.status() == EntryStatus.SUCCEEDED
                && entry.standing() == Standing.NOT_APPLIED
                && entry.identity().version() != null
                && entry.identity().direction() == Direction.UP
                && !RequiredMigrations.isBelowBaseline(connection, new OperatorSql(name), entry.key())) {
            findings.problem(
                    Kind.HISTORY_BEHIND,
                    entry,
                    "has succeeded, but Flyway's history does not list it: the history is older than the queue",
                    "restore the history with the queue; or, when its effects are still there, pause the workers, run"
                            + " migrate, and `mark-applied " + entry.key() + " --reason …` before they go on");
        }
    }

    private void checkIndexes() throws SQLException {
        Jdbc.list(connection, new OperatorSql(name).invalidIndexes(), QueueCheck::invalidIndex, name.schema())
                .forEach(findings::add);
    }

    private void checkSequences() throws SQLException {
        if (!new EntryReader(name).isPresent(connection)) {
            return;
        }
        for (var behind : new Sequences(name).behind(connection)) {
            findings.add(new Finding(
                    Kind.SEQUENCE_BEHIND,
                    Severity.PROBLEM,
                    null,
                    behind.told(),
                    "`check-queue --fix` moves it on; so does the next migrate or command that may use the sequence"));
        }
    }

    private static Finding invalidIndex(ResultSet row) throws SQLException {
        var index = row.getString("name");
        return new Finding(
                Kind.INVALID_INDEX,
                Severity.PROBLEM,
                index,
                "index " + index + " on " + row.getString("table_name")
                        + " is invalid: a concurrent build of it did not finish",
                "`DROP INDEX CONCURRENTLY " + index + "`, then retry the migration that builds it");
    }
}

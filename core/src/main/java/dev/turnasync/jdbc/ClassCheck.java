package dev.turnasync.jdbc;

import dev.turnasync.api.QueueEntry;
import dev.turnasync.api.QueueEntry.Standing;
import dev.turnasync.api.QueueReport.Finding;
import dev.turnasync.api.QueueReport.Kind;
import dev.turnasync.api.QueueReport.Severity;
import dev.turnasync.spi.MigrationCatalog;
import dev.turnasync.spi.NewEntry;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** Compares a queue with the migration classes of this node. For one check. */
final class ClassCheck {

    private final Connection connection;
    private final QueueName name;
    private final MigrationCatalog catalog;
    private final Findings findings;
    private final List<NewEntry> known;
    private final Map<String, List<NewEntry>> byKey;

    ClassCheck(Connection connection, QueueName name, MigrationCatalog catalog, Findings findings) {
        this.connection = connection;
        this.name = name;
        this.catalog = catalog;
        this.findings = findings;
        this.known = catalog.migrations();
        this.byKey = known.stream().collect(Collectors.groupingBy(one -> EntryKeys.usual(one.key())));
    }

    void run(List<QueueEntry> entries) throws SQLException {
        if (known.isEmpty()) {
            findings.note("no async migration classes at hand, so classes and missing entries were not checked");
            return;
        }
        if (!catalog.hookInstalled()) {
            findings.add(new Finding(
                    Kind.HOOK_MISSING,
                    Severity.PROBLEM,
                    null,
                    "Flyway does not see TurnAsync's plugin here, so migrate would run @Async migrations itself",
                    "put turnasync-core on the class path that loads Flyway, and leave turnasync.mode at queue"));
        }
        for (var entry : entries) {
            if (!entry.status().isFinished() && entry.standing() == Standing.APPLIED) {
                compare(entry);
            }
        }
        checkMissing();
    }

    private void compare(QueueEntry entry) {
        byKey.getOrDefault(EntryKeys.usual(entry.key()), List.of()).stream()
                .filter(one -> one.description().equals(entry.identity().description()))
                .findFirst()
                .ifPresentOrElse(
                        one -> compare(entry, one),
                        () -> findings.problem(
                                Kind.CLASS_MISSING,
                                entry,
                                "has no class on this node; it was "
                                        + entry.identity().script(),
                                "deploy a build that has it, or `skip " + entry.key() + " --reason …`"));
    }

    private void compare(QueueEntry entry, NewEntry ours) {
        var identity = entry.identity();
        if (!ours.script().equals(identity.script())) {
            findings.notice(
                    Kind.CLASS_MOVED,
                    entry,
                    "was queued as " + identity.script() + " and is now " + ours.script(),
                    "nothing to do: version and description decide, nothing runs twice");
        }
        if (!Objects.equals(ours.checksum(), identity.checksum())) {
            findings.problem(
                    Kind.CHECKSUM_CHANGED,
                    entry,
                    "was queued with checksum " + identity.checksum() + " and its class now has " + ours.checksum(),
                    "undo the change of the migration, or make sure that the changed one is what should run");
        }
    }

    /** Reads the history only for what seems to be missing. */
    private void checkMissing() throws SQLException {
        var keys = known.stream()
                .flatMap(one -> EntryKeys.spellings(one.key()).stream())
                .collect(Collectors.toSet());
        var queued = new HashSet<>(new EntryReader(name).queued(connection, keys));
        var missing = known.stream()
                .filter(one -> EntryKeys.spellings(one.key()).stream()
                        .noneMatch(key -> queued.contains(
                                new EntryReader.Queued(key, one.version() == null ? one.checksum() : null))))
                .toList();
        if (!missing.isEmpty()) {
            var applied = AppliedMigrations.read(
                    connection,
                    new OperatorSql(name),
                    missing.stream().map(NewEntry::key).toList());
            applied.among(missing).forEach(this::addMissing);
        }
    }

    private void addMissing(NewEntry known) {
        findings.add(new Finding(
                Kind.ENTRY_MISSING,
                Severity.PROBLEM,
                known.key(),
                known.key() + " " + known.description()
                        + " is applied in Flyway's history, but has no entry: migrate"
                        + " ran without TurnAsync's plugin, or the queue's tables were lost or restored",
                "when its work was not done: `retry " + known.key() + "`; when it was: `mark-applied " + known.key()
                        + " --reason …`"));
    }
}

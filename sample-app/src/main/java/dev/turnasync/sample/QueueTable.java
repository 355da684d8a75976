package dev.turnasync.sample;

import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.MigrationQueue;
import dev.turnasync.api.QueueEntry;
import java.util.Optional;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationInfo;

/** Flyway's {@code info} beside the queue, in one table. */
final class QueueTable {

    private static final String ROW = "  %-9s%-29s%-11s%-12s%8s";

    private final Screen screen;
    private final Flyway flyway;
    private final MigrationQueue queue;

    QueueTable(Screen screen, Flyway flyway, MigrationQueue queue) {
        this.screen = screen;
        this.flyway = flyway;
        this.queue = queue;
    }

    void print() {
        screen.line("");
        screen.line("@|underline " + ROW + "|@", "Version", "Description", "Flyway", "Queue", "Attempts");
        for (var migration : flyway.info().all()) {
            print(migration, entry(migration));
        }
    }

    private void print(MigrationInfo migration, Optional<QueueEntry> entry) {
        var attempts = entry.map(QueueEntry::run).map(run -> Integer.toString(run.attempt()));
        screen.line(
                ROW,
                migration.isVersioned() ? migration.getVersion() : "R",
                migration.getDescription(),
                migration.getState().getDisplayName(),
                entry.map(QueueEntry::status).map(QueueTable::colored).orElse("not async   "),
                attempts.orElse(""));
    }

    private Optional<QueueEntry> entry(MigrationInfo migration) {
        return queue.find(
                migration.isVersioned() ? migration.getVersion().getVersion() : "R__" + migration.getDescription());
    }

    private static String colored(EntryStatus status) {
        var padded = String.format("%-12s", status);
        return switch (status) {
            case SUCCEEDED -> "@|green " + padded + "|@";
            case FAILED -> "@|bold,red " + padded + "|@";
            default -> "@|yellow " + padded + "|@";
        };
    }
}

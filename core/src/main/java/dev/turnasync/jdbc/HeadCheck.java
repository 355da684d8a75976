package dev.turnasync.jdbc;

import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.api.QueueEntry.Standing;
import dev.turnasync.api.QueueReport.Kind;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Looks at the head of a queue: whether it runs, and if not, why. For one check. */
final class HeadCheck {

    /** How long a due head may wait before that is a problem. */
    static final Duration GRACE = Duration.ofMinutes(2);

    private static final Duration FAR = Duration.ofDays(1);

    private final LeaseView lease;
    private final Findings findings;
    private boolean busy;

    HeadCheck(LeaseView lease, Findings findings) {
        this.lease = lease;
        this.findings = findings;
    }

    void run(Connection connection, QueueName name, List<QueueEntry> entries) throws SQLException {
        var head = entries.stream()
                .filter(entry -> entry.standing() == Standing.APPLIED)
                .filter(entry -> !entry.status().isFinished())
                .findFirst();
        if (head.isEmpty()) {
            return;
        }
        this.busy = entries.stream().anyMatch(this::isRunning);
        var window = head.get().tries().window();
        var opens = window == null ? Optional.<Instant>empty() : opensAt(connection, name);
        var dueSince = dueSince(head.get(), entries);
        var opened = window == null ? Optional.<Instant>empty() : openedAt(connection, name, window);
        check(head.get(), opened.filter(dueSince::isBefore).orElse(dueSince), opens);
    }

    /** Whether the worker that holds the lease runs it; an undo that is asked meanwhile becomes the head before it. */
    private boolean isRunning(QueueEntry entry) {
        var run = entry.run();
        return entry.status() == EntryStatus.RUNNING
                && lease.live()
                && run != null
                && Objects.equals(run.worker(), lease.worker());
    }

    private static Optional<Instant> opensAt(Connection connection, QueueName name) throws SQLException {
        return Jdbc.first(
                connection,
                "SELECT h.due_at FROM (" + new HeadSql(name).head() + ") AS h WHERE h.closed",
                row -> Jdbc.instant(row, "due_at"),
                name.historyTable(),
                name.historyTable());
    }

    private static Optional<Instant> openedAt(Connection connection, QueueName name, String window)
            throws SQLException {
        return Jdbc.first(
                        connection,
                        new HeadSql(name).openedAt(),
                        row -> Optional.ofNullable(Jdbc.instantOrNull(row, "opened_at")),
                        window)
                .flatMap(opened -> opened);
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

    private void check(QueueEntry head, Instant dueSince, Optional<Instant> opens) {
        switch (head.status()) {
            case FAILED ->
                findings.problem(
                        Kind.BLOCKED,
                        head,
                        "failed, and every entry after it waits: " + head.reason(),
                        "`show " + head.key() + "` tells the error; then `retry " + head.key() + "` or `skip "
                                + head.key() + " --reason …`");
            case PAUSED ->
                findings.problem(
                        Kind.PAUSED,
                        head,
                        "is paused, and every entry after it waits: " + head.reason(),
                        "`show " + head.key() + "` tells who paused it and why; then `resume " + head.key()
                                + " --reason …`");
            case RETRYABLE, QUEUED -> checkWaiting(head, dueSince, opens);
            default -> {}
        }
    }

    private void checkWaiting(QueueEntry head, Instant dueSince, Optional<Instant> opens) {
        if (opens.isPresent()) {
            findings.notice(
                    Kind.WAITING_FOR_WINDOW,
                    head,
                    "waits for its window " + head.tries().window() + ", which opens at " + opens.get(),
                    "nothing to do");
            return;
        }
        if (head.status() == EntryStatus.RETRYABLE) {
            checkNextAttempt(head);
        }
        var waited = Duration.between(dueSince, lease.now());
        if (waited.compareTo(GRACE) <= 0 || busy) {
            return;
        }
        if (lease.live()) {
            findings.problem(
                    Kind.LEASE_IDLE,
                    head,
                    "has been due for " + waited.toMinutes() + " min; worker " + lease.worker()
                            + " holds the lease and renews it, but runs nothing",
                    "look at worker " + lease.worker() + " and restart it; its lease then runs out");
        } else {
            findings.problem(
                    Kind.NO_WORKER,
                    head,
                    "has been due for " + waited.toMinutes() + " min, and no worker takes it",
                    "start a worker that has its class, or run `drain`");
        }
    }

    private void checkNextAttempt(QueueEntry head) {
        var next = head.nextAttemptAt();
        if (next.isPresent() && next.get().isAfter(lease.now().plus(FAR))) {
            findings.problem(
                    Kind.CLOCK,
                    head,
                    "waits until " + next.get() + " for its next attempt; the database's clock may have gone back",
                    "`retry " + head.key() + "` starts it now");
            return;
        }
        findings.notice(
                Kind.WAITING_TO_RETRY,
                head,
                "waits for its next attempt: " + head.reason(),
                "nothing to do; `retry " + head.key() + "` starts it now");
    }
}

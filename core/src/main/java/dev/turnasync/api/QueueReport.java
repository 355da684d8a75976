package dev.turnasync.api;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a check of the queue found.
 *
 * @param checkedAt when, by the database's clock
 * @param findings the findings, most important first; empty when all is well
 * @param notes what could not be checked, and why
 * @param fixed what was mended before the check; empty for a mere check
 */
public record QueueReport(Instant checkedAt, List<Finding> findings, List<String> notes, List<String> fixed) {

    /** Copies the lists. */
    public QueueReport {
        findings = List.copyOf(findings);
        notes = List.copyOf(notes);
        fixed = List.copyOf(fixed);
    }

    /**
     * Creates the report of a mere check.
     *
     * @param checkedAt when, by the database's clock
     * @param findings the findings, most important first
     * @param notes what could not be checked, and why
     */
    public QueueReport(Instant checkedAt, List<Finding> findings, List<String> notes) {
        this(checkedAt, findings, notes, List.of());
    }

    /**
     * Returns this report with what was mended before.
     *
     * @param mended what was mended, in plain words
     * @return the report
     */
    public QueueReport withFixed(List<String> mended) {
        return new QueueReport(checkedAt, findings, notes, mended);
    }

    /** How bad a finding is. */
    public enum Severity {
        /** A person must do something. */
        PROBLEM,
        /** Worth knowing; mends itself or needs no action. */
        NOTICE
    }

    /** What kind of thing was found. */
    public enum Kind {
        /** The head is FAILED and holds back all entries after it. */
        BLOCKED,
        /** The head is PAUSED and holds back all entries after it. */
        PAUSED,
        /** The head is due, and for some time no worker has taken it. */
        NO_WORKER,
        /** The head is due and waits for its window of the day. */
        WAITING_FOR_WINDOW,
        /** A worker holds the lease and renews it, but has run nothing for some time although the head is due. */
        LEASE_IDLE,
        /** The queue has no lease row, so nobody can work on it. */
        LEASE_MISSING,
        /** The lease, or the next attempt, lies further in the future than it can: the database's clock went back. */
        CLOCK,
        /** A worker found that the database no longer knows what it did: a failover or a backup lost it. */
        WENT_BACK,
        /** A RUNNING entry whose worker stopped renewing its lease. */
        LEASE_EXPIRED,
        /** A RUNNING entry whose database session is gone although its lease is alive. */
        SESSION_GONE,
        /** A RUNNING entry whose session has been idle for long, and which has told nothing meanwhile. */
        SILENT,
        /** An entry whose last attempt did not return, and whose thread keeps its worker from running anything. */
        HUNG,
        /** The head waits for its next attempt. */
        WAITING_TO_RETRY,
        /** The history says applied, the migration is async, and there is no entry. */
        ENTRY_MISSING,
        /** An entry that is finished, whose migration the history does not list: the history is older than the queue. */
        HISTORY_BEHIND,
        /** An unfinished entry whose migration the history does not list. */
        NOT_APPLIED,
        /** An entry that a marker in the history took back. */
        WITHDRAWN,
        /** No class on this node for an unfinished entry. */
        CLASS_MISSING,
        /** The class has another name or package than when the entry was queued. */
        CLASS_MOVED,
        /** The class has another checksum than when the entry was queued. */
        CHECKSUM_CHANGED,
        /** An index that a concurrent build left invalid. */
        INVALID_INDEX,
        /** A sequence that numbers the queue's rows would give numbers that are taken, as after a failover by logical replication. */
        SEQUENCE_BEHIND,
        /** Flyway does not see TurnAsync's plugin. */
        HOOK_MISSING
    }

    /**
     * One finding.
     *
     * @param kind what kind of thing
     * @param severity how bad it is
     * @param subject the entry's key, an index name, or null for the queue as a whole
     * @param message what was found, in plain words
     * @param nextStep what to do now
     */
    public record Finding(
            Kind kind, Severity severity, @Nullable String subject, String message, String nextStep) {}

    /** What an examination of the surroundings says about one thing. */
    public enum Level {
        /** As it should be. */
        OK,
        /** Works, but something does not work as well as it could, or will not in some case. */
        WARNING,
        /** Does not work. */
        PROBLEM
    }

    /**
     * One thing around the queue that was examined: the server, the rights, the network.
     *
     * @param name what was examined, in few words; stable
     * @param level what is to be said about it
     * @param message what was found, in plain words
     * @param nextStep what to do now; null when it is {@link Level#OK}
     */
    public record Examined(
            String name,
            Level level,
            String message,
            @Nullable String nextStep) {}

    /**
     * Tells whether nobody needs to do anything.
     *
     * @return true when there is no {@link Severity#PROBLEM}
     */
    public boolean isHealthy() {
        return findings.stream().noneMatch(finding -> finding.severity() == Severity.PROBLEM);
    }
}

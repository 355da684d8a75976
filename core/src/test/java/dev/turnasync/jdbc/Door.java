package dev.turnasync.jdbc;

import static dev.turnasync.api.EntryStatus.FAILED;
import static dev.turnasync.api.EntryStatus.PAUSED;
import static dev.turnasync.api.EntryStatus.QUEUED;
import static dev.turnasync.api.EntryStatus.RETRYABLE;
import static dev.turnasync.api.EntryStatus.RUNNING;
import static dev.turnasync.api.EntryStatus.SKIPPED;
import static dev.turnasync.api.EntryStatus.SUCCEEDED;
import static dev.turnasync.api.EntryStatus.UNDONE;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.Attempt;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.RetryPolicy;
import dev.turnasync.spi.Claim;
import dev.turnasync.spi.LeaseSession;
import dev.turnasync.spi.Settlement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;

/** Every way by which an entry changes its status: from which statuses it leads, and where to. */
enum Door {
    CLAIM(RUNNING, QUEUED, RETRYABLE) {
        @Override
        void open(QueueRows rows, long id, LeaseSession lease) {
            lease.claim(entry -> true, true);
        }
    },
    SUCCEED(SUCCEEDED, RUNNING) {
        @Override
        void open(QueueRows rows, long id, LeaseSession lease) throws SQLException {
            lease.settle(claim(rows, id, lease), Settlement.succeeded(null));
        }
    },
    /** In the migration's own transaction. */
    SUCCEED_WITH_CHANGES(SUCCEEDED, RUNNING) {
        @Override
        void open(QueueRows rows, long id, LeaseSession lease) throws SQLException {
            try (var session = FencedSession.open(rows.database().dataSource(), QueueRows.NAME)) {
                var claim = claim(rows, id, lease);
                session.begin(claim);
                session.succeed(claim, null);
                session.connection().commit();
            }
        }
    },
    WAIT_FOR_RETRY(RETRYABLE, RUNNING) {
        @Override
        void open(QueueRows rows, long id, LeaseSession lease) throws SQLException {
            lease.settle(claim(rows, id, lease), Settlement.retryable(Duration.ZERO, "a test", FAILURE));
        }
    },
    FAIL(FAILED, RUNNING) {
        @Override
        void open(QueueRows rows, long id, LeaseSession lease) throws SQLException {
            lease.settle(claim(rows, id, lease), Settlement.failed("a test", FAILURE));
        }
    },
    HAND_BACK(QUEUED, RUNNING) {
        @Override
        void open(QueueRows rows, long id, LeaseSession lease) throws SQLException {
            lease.settle(claim(rows, id, lease), Settlement.handedBack("a test", null));
        }
    },
    RECOVER(QUEUED, RUNNING) {
        @Override
        void open(QueueRows rows, long id, LeaseSession lease) {
            lease.recover(RetryPolicy.ofDefaults().withMaxWorkerDeaths(1));
        }
    },
    RECOVER_NO_MORE(FAILED, RUNNING) {
        @Override
        void open(QueueRows rows, long id, LeaseSession lease) {
            lease.recover(RetryPolicy.ofDefaults().withMaxWorkerDeaths(0));
        }
    },
    RETRY(QUEUED, FAILED, RETRYABLE) {
        @Override
        void open(QueueRows rows, long id, LeaseSession lease) {
            rows.queue().retry("1", "somebody", "a test");
        }
    },
    SKIP(SKIPPED, QUEUED, RETRYABLE, FAILED, PAUSED) {
        @Override
        void open(QueueRows rows, long id, LeaseSession lease) {
            rows.queue().skip("1", "somebody", "a test");
        }
    },
    SKIP_SUPERSEDED(SKIPPED, QUEUED, RETRYABLE, FAILED, PAUSED) {
        @Override
        void open(QueueRows rows, long id, LeaseSession lease) {
            lease.claim(entry -> true, true);
        }
    },
    MARK_APPLIED(SUCCEEDED, QUEUED, RETRYABLE, FAILED, PAUSED) {
        @Override
        void open(QueueRows rows, long id, LeaseSession lease) {
            rows.queue().markApplied("1", "somebody", "a test");
        }
    },
    /** Only what never ran leaves the queue. */
    UNDO_QUEUED(UNDONE, QUEUED) {
        @Override
        void open(QueueRows rows, long id, LeaseSession lease) {
            rows.database().execute("UPDATE async_schema_migrations SET attempt = 0");
            rows.queue().undo("1", "somebody", "a test");
        }
    },
    /** By the end of the entry that undoes it. */
    UNDO(UNDONE, SUCCEEDED) {
        @Override
        void open(QueueRows rows, long id, LeaseSession lease) {
            rows.queue().undo("1", "somebody", "a test");
            rows.queue().markApplied("1", "somebody", "undone by hand");
        }
    },
    PAUSE(PAUSED, QUEUED, RETRYABLE, FAILED) {
        @Override
        void open(QueueRows rows, long id, LeaseSession lease) {
            rows.queue().pause("1", "somebody", "a test");
        }
    },
    /** The end of a run that was asked to pause. */
    PAUSE_RUN(PAUSED, RUNNING) {
        @Override
        void open(QueueRows rows, long id, LeaseSession lease) throws SQLException {
            ask(rows, id, "PAUSE");
            lease.settle(claim(rows, id, lease), Settlement.handedBack("a test", null));
        }
    },
    CANCEL_RUN(FAILED, RUNNING) {
        @Override
        void open(QueueRows rows, long id, LeaseSession lease) throws SQLException {
            ask(rows, id, "CANCEL");
            lease.settle(claim(rows, id, lease), Settlement.retryable(Duration.ZERO, "a test", FAILURE));
        }
    },
    /** The worker died before it could obey. */
    RECOVER_PAUSED(PAUSED, RUNNING) {
        @Override
        void open(QueueRows rows, long id, LeaseSession lease) throws SQLException {
            ask(rows, id, "PAUSE");
            lease.recover(RetryPolicy.ofDefaults().withMaxWorkerDeaths(1));
        }
    },
    RESUME(QUEUED, PAUSED) {
        @Override
        void open(QueueRows rows, long id, LeaseSession lease) {
            rows.queue().resume("1", "somebody", "a test");
        }
    },
    RESUME_RETRYABLE(RETRYABLE, PAUSED) {
        @Override
        void open(QueueRows rows, long id, LeaseSession lease) {
            rows.queue().resume("1", "somebody", "a test");
        }
    },
    RESUME_FAILED(FAILED, PAUSED) {
        @Override
        void open(QueueRows rows, long id, LeaseSession lease) {
            rows.queue().resume("1", "somebody", "a test");
        }
    };

    private static final Set<String> OF_STRANGERS = Set.of("RECOVER", "RECOVER_NO_MORE", "RECOVER_PAUSED");

    private static final Attempt.Failure FAILURE = new Attempt.Failure("Broken", "broken", null, "at Broken");

    private final EntryStatus to;

    @SuppressWarnings("ImmutableEnumChecker") // Set.of is immutable.
    private final Set<EntryStatus> from;

    Door(EntryStatus to, EntryStatus... from) {
        this.to = to;
        this.from = Set.of(from);
    }

    EntryStatus to() {
        return to;
    }

    boolean leadsFrom(EntryStatus status) {
        return from.contains(status);
    }

    /** Puts an entry before the door, in a status of choice. */
    long approach(QueueRows rows, EntryStatus status, LeaseSession lease) throws SQLException {
        var id = this == SKIP_SUPERSEDED ? rows.superseded() : rows.head();
        rows.force(id, status, OF_STRANGERS.contains(name()) ? QueueRows.STRANGER : lease.token());
        if (status == PAUSED && (this == RESUME_RETRYABLE || this == RESUME_FAILED)) {
            rows.force(id, to, PAUSED);
        }
        return id;
    }

    /** Goes through the door or is kept out, with or without an exception. */
    void tryOpen(QueueRows rows, long id, LeaseSession lease) throws SQLException {
        try {
            open(rows, id, lease);
        } catch (AsyncMigrationException e) {
            if (e.getCause() instanceof SQLException sql && "23514".equals(sql.getSQLState())) {
                throw new AssertionError(this + " was kept out by a CHECK, not by its own guard", e);
            }
        }
    }

    abstract void open(QueueRows rows, long id, LeaseSession lease) throws SQLException;

    private static void ask(QueueRows rows, long id, String request) throws SQLException {
        new RunRequests(QueueRows.NAME).ask(rows.connection(), id, new RunRequests.Request(request, "a test", null));
    }

    private static Claim claim(QueueRows rows, long id, LeaseSession lease) throws SQLException {
        return new Claim(rows.entry(id), 1, "somebody", lease.token());
    }
}
